-- Several nodes: who may write a resource, how that right moves, and what two nodes wrote apart.
-- docs/adr/0001-nodes.md.

-- 0: written here. Otherwise the number of the node that may write it; here it is a copy.
alter table resource add column node smallint not null default 0;

-- A foreign change is applied once, however often and by whichever way it arrives.
create unique index change_foreign on change (node, nseq) where nseq > 0;

-- The right to write moved from one node to another; `term` counts the moves of one resource.
create table transfer (
  rid       bigint not null,
  term      integer not null,
  from_node smallint not null,
  to_node   smallint not null,
  at        timestamptz not null,
  primary key (rid, term)
);

-- A version that lost: the same type and id was made on two nodes while they were cut apart.
create table divergence (
  rid     bigint not null,
  ver     integer not null,
  node    smallint not null,
  updated timestamptz not null,
  found   timestamptz not null default now(),
  body    text not null,
  primary key (rid, ver, node)
);
