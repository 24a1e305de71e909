import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input, Popconfirm, Skeleton, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Position, ask, said } from '../../api/auth';
import { Failure } from '../../components/Failure';
import { Field } from '../../components/Field';
import { Panel } from '../../components/Panel';
import { localTime } from '../../components/time';
import { useAct } from '../session/useAct';
import { AddPosition } from './AddPosition';
import { OneTimeLink } from './OneTimeLink';
import { type AccountRow, readPositions } from './accounts';

/** One account: its name, whether it may sign in, and its positions. */
export function AccountDetail({ account }: { account: AccountRow }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const [zh, setZh] = useState(account.name.zh);
  const [en, setEn] = useState(account.name.en);
  const [link, setLink] = useState<string | null>(null);
  const change = async (body: object, done: string) => {
    const answer = await act(
      () =>
        ask<{ link?: string }>(`accounts/${account.id}`, i18n.language, { method: 'PATCH', body }),
      done,
    );
    if (answer && answer !== true && answer.link) setLink(answer.link);
    await client.invalidateQueries({ queryKey: ['accounts'] });
  };
  const renamed = zh !== account.name.zh || en !== account.name.en;
  return (
    <div className="stack">
      <Panel
        title={said(account.name, i18n.language) || account.user}
        extra={account.locked && <Tag color="red">{t('users.locked')}</Tag>}
      >
        <p className="quiet">
          {t('signIn.user')} <span className="figures">{account.user}</span>
          {account.lastSignIn && ` · ${t('account.last', { time: localTime(account.lastSignIn) })}`}
        </p>
        <form
          className="in-a-row"
          onSubmit={(event) => {
            event.preventDefault();
            void change({ name: { zh, en } }, t('users.saved'));
          }}
        >
          <Field label={t('users.nameZh')}>
            {(props) => (
              <Input {...props} value={zh} onChange={(event) => setZh(event.target.value)} />
            )}
          </Field>
          <Field label={t('users.nameEn')}>
            {(props) => (
              <Input {...props} value={en} onChange={(event) => setEn(event.target.value)} />
            )}
          </Field>
          <Button htmlType="submit" disabled={!renamed || busy}>
            {t('users.save')}
          </Button>
        </form>
        <div className="actions">
          {account.locked && (
            <Button
              type="primary"
              disabled={busy}
              onClick={() => void change({ unlock: true }, t('users.unlocked'))}
            >
              {t('users.unlock')}
            </Button>
          )}
          <Popconfirm
            title={t('users.resetSure')}
            okText={t('users.reset')}
            onConfirm={() => void change({ reset: true }, t('users.resetDone'))}
          >
            <Button disabled={busy}>{t('users.reset')}</Button>
          </Popconfirm>
          <Popconfirm
            title={t(account.active ? 'users.deactivateSure' : 'users.activateSure')}
            okText={t(account.active ? 'users.deactivate' : 'users.activate')}
            onConfirm={() => void change({ active: !account.active }, t('users.saved'))}
          >
            <Button danger={account.active} disabled={busy}>
              {t(account.active ? 'users.deactivate' : 'users.activate')}
            </Button>
          </Popconfirm>
        </div>
      </Panel>
      <PositionsOf account={account} />
      {link && <OneTimeLink link={link} onClose={() => setLink(null)} />}
    </div>
  );
}

function PositionsOf({ account }: { account: AccountRow }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const key = ['accounts', account.id, 'positions'];
  const query = useQuery({
    queryKey: [...key, i18n.language],
    queryFn: ({ signal }) => readPositions(account.id, i18n.language, signal),
  });
  const remove = async (position: Position) => {
    const path = `accounts/${account.id}/positions/${position.id}`;
    await act(() => ask(path, i18n.language, { method: 'DELETE' }), t('users.positionRemoved'));
    await client.invalidateQueries({ queryKey: ['accounts'] });
  };
  return (
    <Panel title={t('account.positions')} count={query.data?.length}>
      {query.isPending && <Skeleton active title={false} paragraph={{ rows: 2 }} />}
      {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && <p className="quiet">{t('users.noPositions')}</p>}
      <ul>
        {(query.data ?? []).map((one) => (
          <li key={one.id} className="line">
            <span className="line-main">
              <strong>{said(one.roleName, i18n.language) || one.role}</strong>{' '}
              <span className="quiet">
                {[one.organization, ...one.units]
                  .map((place) => said(place?.name, i18n.language) || place?.reference)
                  .filter(Boolean)
                  .join(' · ') || t('account.wholeGroup')}
              </span>
            </span>
            <Popconfirm
              title={t('users.removeSure')}
              okText={t('account.remove')}
              onConfirm={() => void remove(one)}
            >
              <Button size="small" danger disabled={busy}>
                {t('account.remove')}
              </Button>
            </Popconfirm>
          </li>
        ))}
      </ul>
      <AddPosition
        account={account.id}
        onAdded={() => void client.invalidateQueries({ queryKey: ['accounts'] })}
      />
    </Panel>
  );
}
