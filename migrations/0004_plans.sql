-- Extraction plans: how the index rows of a resource were made (resource.plan), so that they can be
-- made again from its body. A plan is a time zone and the site's own search parameters of that time.
create table plan (
  id       smallint primary key,
  timezone text not null,
  made     timestamptz not null default now()
);

-- A parameter that is being changed has a number in use and one in the making.
alter table param drop constraint param_type_code_key;
create unique index param_active on param (type, code) where state = 'active';
alter table param add column url text not null default '';
alter table param add column bit smallint not null default -1;

-- What was committed after a run began is looked through once more at its end.
alter table reindex add column floor bigint not null default 0;
