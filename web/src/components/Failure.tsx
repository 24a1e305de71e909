import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Refusal } from '../api/http';

function titleOf(error: Error): string {
  if (!(error instanceof Refusal)) return 'error.title';
  return error.status === 403 ? 'error.forbidden' : 'error.title';
}

/** What went wrong, in the server's own words where it has some, and what to do. */
export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert
      type="error"
      showIcon
      title={t(titleOf(error))}
      description={error instanceof Refusal ? error.message : t('error.network')}
      action={onRetry && <Button onClick={onRetry}>{t('error.retry')}</Button>}
    />
  );
}
