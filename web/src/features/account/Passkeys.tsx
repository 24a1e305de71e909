import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Passkey, ask } from '../../api/auth';
import { type CreationOptions, canUsePasskeys, createPasskey } from '../../api/passkey';
import { Failure } from '../../components/Failure';
import { Field } from '../../components/Field';
import { Panel } from '../../components/Panel';
import { localTime } from '../../components/time';
import { useAct } from '../session/useAct';

/** Fingerprint, face, or a key: sign-in without a password. */
export function Passkeys() {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const [name, setName] = useState('');
  const language = i18n.language;
  const query = useQuery({
    queryKey: ['account', 'passkeys', language],
    queryFn: ({ signal }) => ask<Passkey[]>('passkeys', language, { signal }),
  });
  const again = () => client.invalidateQueries({ queryKey: ['account', 'passkeys'] });
  const add = async () => {
    const done = await act(async () => {
      const how = { method: 'POST', body: {} };
      const options = await ask<CreationOptions>('passkeys/options', language, how);
      const credential = await createPasskey(options).catch(() => null);
      if (!credential) return 'gave up' as const;
      const body = { name: name.trim(), credential };
      return ask('passkeys', language, { method: 'POST', body });
    });
    if (done && done !== 'gave up') setName('');
    await again();
  };
  const remove = async (id: Passkey['id']) => {
    await act(
      () => ask(`passkeys/${id}`, language, { method: 'DELETE' }),
      t('account.passkeyRemoved'),
    );
    await again();
  };
  return (
    <Panel title={t('account.passkeys')} count={query.data?.length}>
      <p className="quiet">{t('account.passkeysWhy')}</p>
      {query.isPending && <Skeleton active paragraph={{ rows: 1 }} title={false} />}
      {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      <ul>
        {(query.data ?? []).map((one) => (
          <li key={one.id} className="line">
            <span className="line-main">
              <strong>{one.name}</strong>{' '}
              <span className="quiet figures">{localTime(one.since ?? one.created)}</span>
            </span>
            <Button size="small" danger disabled={busy} onClick={() => void remove(one.id)}>
              {t('account.remove')}
            </Button>
          </li>
        ))}
      </ul>
      {canUsePasskeys() ? (
        <form
          className="in-a-row"
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <Field label={t('account.passkeyName')}>
            {(props) => (
              <Input
                {...props}
                value={name}
                maxLength={60}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <Button htmlType="submit" loading={busy} disabled={!name.trim()}>
            {t('account.addPasskey')}
          </Button>
        </form>
      ) : (
        <p className="quiet">{t('account.passkeysNeedTls')}</p>
      )}
    </Panel>
  );
}
