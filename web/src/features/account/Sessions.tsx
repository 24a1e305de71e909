import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Skeleton, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Device, ask } from '../../api/auth';
import { Failure } from '../../components/Failure';
import { Panel } from '../../components/Panel';
import { localTime } from '../../components/time';
import { useAct } from '../session/useAct';
import { deviceName } from './device';

/** Where one is signed in, with sign-out from afar. */
export function Sessions() {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const query = useQuery({
    queryKey: ['account', 'sessions', i18n.language],
    queryFn: ({ signal }) => ask<Device[]>('sessions', i18n.language, { signal }),
  });
  const list = query.data ?? [];
  const others = list.filter((one) => !one.current);
  const end = async (ids: Device['id'][]) => {
    await act(async () => {
      for (const id of ids) await ask(`sessions/${id}`, i18n.language, { method: 'DELETE' });
    }, t('account.ended'));
    await client.invalidateQueries({ queryKey: ['account', 'sessions'] });
  };
  return (
    <Panel
      title={t('account.sessions')}
      extra={
        others.length > 1 && (
          <Button
            size="small"
            disabled={busy}
            onClick={() => void end(others.map((one) => one.id))}
          >
            {t('account.endOthers')}
          </Button>
        )
      }
    >
      {query.isPending && <Skeleton active paragraph={{ rows: 2 }} title={false} />}
      {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      <ul>
        {list.map((one) => (
          <li key={one.id} className="line">
            <span className="line-main">
              <strong>{deviceName(one.device) || t('account.unknownDevice')}</strong>{' '}
              <span className="quiet figures">{one.address}</span>
              <br />
              <span className="quiet figures">
                {t('account.since', { time: localTime(one.since) })} ·{' '}
                {t('account.last', { time: localTime(one.last) })}
              </span>
            </span>
            {one.current ? (
              <Tag color="green">{t('account.thisDevice')}</Tag>
            ) : (
              <Button size="small" danger disabled={busy} onClick={() => void end([one.id])}>
                {t('account.end')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
