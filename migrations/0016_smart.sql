-- Programs that act for people or by themselves (OAuth 2.0, OpenID Connect, SMART App Launch), and
-- the hospital's own provider. docs/adr/0009-sign-in.md, docs/howto/connect-a-provider.md.

create sequence family_seq as bigint;

create table client (
  id          text collate "C" primary key,
  name_zh     text not null default '',
  name_en     text not null default '',
  kind        text not null check (kind in ('public', 'secret', 'key')),
  secret      bytea,                    -- SHA-256 of a random secret
  jwks        text not null default '', -- public keys, or where they are
  jwks_uri    text not null default '',
  redirects   text[] not null default '{}',
  launch_uri  text not null default '',
  logout_uri  text not null default '', -- back-channel logout
  scopes      text not null default '',
  account     bigint references account on delete cascade, -- as whom it acts by itself
  trusted     boolean not null default false, -- our own: nobody is asked
  introspects boolean not null default false, -- may ask about tokens of others
  active      boolean not null default true,
  created     timestamptz not null default now()
);

-- Good once, for a minute.
create table authorization_code (
  hash      bytea primary key check (octet_length(hash) = 32),
  client    text not null references client on delete cascade,
  redirect  text not null,
  challenge text not null,
  scopes    text[] not null,
  nonce     text not null default '',
  account   bigint not null references account on delete cascade,
  session   bigint not null references session on delete cascade,
  patient   bigint,
  encounter text not null default '',
  expires   timestamptz not null,
  used      timestamptz,
  family    bigint not null default nextval('family_seq')
);

-- A page of ours opens a program with a patient in context.
create table launch (
  hash      bytea primary key check (octet_length(hash) = 32),
  client    text not null references client on delete cascade,
  account   bigint not null references account on delete cascade,
  patient   bigint,
  encounter text not null default '',
  expires   timestamptz not null
);

-- Assertions that were used.
create table assertion (
  hash    bytea primary key check (octet_length(hash) = 32),
  expires timestamptz not null
);

create table agreement (
  account bigint not null references account on delete cascade,
  client  text not null references client on delete cascade,
  scopes  text not null,
  at      timestamptz not null,
  primary key (account, client)
);

-- Programs that were let in during a session, to be told when it ends.
create table client_session (
  client  text not null references client on delete cascade,
  session bigint not null references session on delete cascade,
  issuer  text not null,                -- our own name, as the program knows it
  tries   integer not null default 0,
  again   timestamptz not null default '-infinity',
  told    timestamptz,
  primary key (client, session)
);
create index client_session_open on client_session (session) where told is null;

-- Sign-in at the hospital's own provider.
create table provider_request (
  hash     bytea primary key check (octet_length(hash) = 32), -- of the state
  browser  bytea not null,              -- of the cookie it was started with
  verifier text not null,
  nonce    text not null,
  next     text not null,
  expires  timestamptz not null
);
create table provider_subject (
  issuer  text not null,
  subject text not null,
  account bigint not null references account on delete cascade,
  primary key (issuer, subject)
);
create table provider_session (
  session bigint primary key references session on delete cascade,
  issuer  text not null,
  subject text not null,
  sid     text not null default ''
);
create index provider_session_sid on provider_session (issuer, sid);
