import { type Position, said } from '../../api/auth';
import { listed } from '../../components/listed';

/** "Ward doctor · East campus": the role and where it is held. */
export function positionName(position: Position, language: string): string {
  const units = position.units.map((unit) => said(unit.name, language)).filter(Boolean);
  const place = said(position.organization?.name, language);
  const where = units.length > 0 ? [place, listed(units.slice(0, 2), language)] : [place];
  return [said(position.roleName, language) || position.role, ...where].filter(Boolean).join(' · ');
}
