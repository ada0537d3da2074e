-- Our own tables, older than venuekit. Ids are bigints and times are seconds
-- since 1970.

CREATE TABLE kedja ( -- a chain, venuekit's tenant
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    namn text NOT NULL
);

CREATE TABLE anlaggning ( -- a venue
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    kedja_id         bigint NOT NULL REFERENCES kedja,
    namn             text NOT NULL,
    tidszon          text NOT NULL,
    avbokning_timmar bigint NOT NULL -- hours before the start until which a guest may cancel
);

CREATE TABLE kund ( -- a customer, with an address that was verified
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    kedja_id bigint NOT NULL REFERENCES kedja,
    epost    text NOT NULL,
    UNIQUE (kedja_id, epost)
);

CREATE TABLE personal ( -- who stands at a venue's door
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    anlaggning_id bigint NOT NULL REFERENCES anlaggning
);

CREATE TABLE bokning (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    kedja_id      bigint NOT NULL REFERENCES kedja,
    anlaggning_id bigint NOT NULL REFERENCES anlaggning,
    kund_id       bigint REFERENCES kund, -- null until the address is verified
    epost         text NOT NULL,
    kod           text NOT NULL, -- what a guest says at the door
    bana          bigint NOT NULL,
    antal         bigint NOT NULL,
    start         bigint NOT NULL,
    slut          bigint NOT NULL,
    status        text NOT NULL CHECK (status IN ('preliminär', 'bekräftad', 'incheckad', 'genomförd', 'avbokad', 'utebliven')),
    pris_ore      bigint NOT NULL,
    version       bigint NOT NULL, -- grows with every change
    tid_version   bigint NOT NULL, -- the version in which place, time or guest last changed
    tid_andrad    bigint NOT NULL, -- and when that was
    CHECK (start < slut AND slut <= start + 172800) -- two days at most, see bookings.go
);
CREATE UNIQUE INDEX bokning_kod ON bokning (anlaggning_id, kod);
-- One index for the bookings that a guest still has, one for those given up.
CREATE INDEX bokning_kund ON bokning (kedja_id, kund_id, start, id) WHERE status <> 'avbokad';
CREATE INDEX bokning_avbokad ON bokning (kedja_id, kund_id, start, id) WHERE status = 'avbokad';

CREATE TABLE logg ( -- who did what to which booking
    bokning_id bigint NOT NULL REFERENCES bokning,
    version    bigint NOT NULL,
    tid        bigint NOT NULL,
    vem        text NOT NULL,
    vad        text NOT NULL,
    PRIMARY KEY (bokning_id, version)
);

CREATE TABLE sedd_handelse ( -- the events that were acted upon
    id text PRIMARY KEY
);
