export function BreakGlassReview() {
  return null;
}
