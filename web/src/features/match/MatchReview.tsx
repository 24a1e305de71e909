export function MatchReview() {
  return null;
}
