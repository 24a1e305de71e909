import { useQueryClient } from '@tanstack/react-query';
import { Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../api/auth';
import { Field } from '../../components/Field';
import { type Chosen, ReferencePicker } from '../../components/ReferencePicker';
import { useAct } from '../session/useAct';
import { OneTimeLink } from './OneTimeLink';
import type { AccountRow } from './accounts';

/** A new account: the person gets a link for choosing a password, nobody else ever knows it. */
export function AddAccount({ onClose }: { onClose: (id?: number) => void }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const [user, setUser] = useState('');
  const [zh, setZh] = useState('');
  const [en, setEn] = useState('');
  const [practitioner, setPractitioner] = useState<Chosen | null>(null);
  const [made, setMade] = useState<{ id: number; link: string } | null>(null);
  const name = { zh: zh.trim() || en.trim(), en: en.trim() || zh.trim() };
  const create = async () => {
    const body = { user: user.trim(), name, practitioner: practitioner?.reference };
    const answer = await act(() =>
      ask<AccountRow & { link?: string }>('accounts', i18n.language, { method: 'POST', body }),
    );
    if (!answer || answer === true) return;
    await client.invalidateQueries({ queryKey: ['accounts'] });
    if (answer.link) setMade({ id: answer.id, link: answer.link });
    else onClose(answer.id);
  };
  if (made) return <OneTimeLink link={made.link} onClose={() => onClose(made.id)} />;
  return (
    <Modal
      open
      title={t('users.add')}
      okText={t('users.create')}
      confirmLoading={busy}
      okButtonProps={{ disabled: !user.trim() || !name.zh }}
      onOk={() => void create()}
      onCancel={() => onClose()}
    >
      <Field label={t('signIn.user')} hint={t('users.userHint')} required>
        {(props) => (
          <Input
            {...props}
            autoFocus
            autoComplete="off"
            value={user}
            onChange={(event) => setUser(event.target.value)}
          />
        )}
      </Field>
      <Field label={t('users.nameZh')} required>
        {(props) => <Input {...props} value={zh} onChange={(event) => setZh(event.target.value)} />}
      </Field>
      <Field label={t('users.nameEn')}>
        {(props) => <Input {...props} value={en} onChange={(event) => setEn(event.target.value)} />}
      </Field>
      <Field label={t('users.practitioner')} hint={t('users.practitionerHint')}>
        {(props) => (
          <ReferencePicker
            {...props}
            types={['Practitioner']}
            value={practitioner}
            onChange={setPractitioner}
          />
        )}
      </Field>
    </Modal>
  );
}
