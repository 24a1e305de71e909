-- Whose data a resource is, on the row itself, so that access need not look for keys.
-- docs/adr/0008-access-in-sql.md.

-- null: in no patient's compartment; a rid: in that of one; -1: in those of several, `patients`.
-- A Patient belongs to itself. Kept when a resource is deleted.
alter table resource add column patient bigint;
alter table resource add column patients bigint[];

update resource r set patient = p.patient, patients = case when p.patient = -1 then p.patients end
from (
  select rid, array_agg(k & 2251799813685247 order by k) as patients,
    case when bool_or((k & 2251799813685247) = rid) then rid
      when count(*) = 1 then min(k & 2251799813685247)
      else -1 end as patient
  from key
  where k between 2::bigint << 51 and (2::bigint << 51) | 2251799813685247
  group by rid
) p
where p.rid = r.rid;
