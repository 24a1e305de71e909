import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Refusal } from '../../api/http';
import { BreakGlassDialog } from './BreakGlassDialog';
import { useMayBreakGlass } from './useMayBreakGlass';

/** A chart that does not open: absent or another's, which the server does not tell apart. */
export function NotYours({
  patient,
  refusal,
  onOpened,
}: {
  patient: string;
  refusal: Refusal;
  onOpened: () => void;
}) {
  const { t } = useTranslation();
  const may = useMayBreakGlass();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <h1 className="unseen">{t('error.title')}</h1>
      <Alert
        type="error"
        showIcon
        title={t(refusal.status === 403 ? 'error.forbidden' : 'error.title')}
        description={
          <>
            <p>{refusal.message}</p>
            {may && <p>{t('breakGlass.offer')}</p>}
          </>
        }
        action={
          may && (
            <Button danger onClick={() => setAsking(true)}>
              {t('breakGlass.title')}
            </Button>
          )
        }
      />
      {asking && (
        <BreakGlassDialog
          patient={patient}
          onClose={() => setAsking(false)}
          onOpened={() => {
            setAsking(false);
            onOpened();
          }}
        />
      )}
    </>
  );
}
