export function Catalogues() {
  return null;
}
