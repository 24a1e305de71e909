export function AuditSearch() {
  return null;
}
