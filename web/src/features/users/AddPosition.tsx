import { useQuery } from '@tanstack/react-query';
import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask, said } from '../../api/auth';
import { Field } from '../../components/Field';
import { type Chosen, ReferencePicker } from '../../components/ReferencePicker';
import { useAct } from '../session/useAct';
import { readRoles } from './accounts';

/** A role at a campus, with the units whose patients are the holder's own. */
export function AddPosition({ account, onAdded }: { account: number; onAdded: () => void }) {
  const { t, i18n } = useTranslation();
  const { act, busy } = useAct();
  const [role, setRole] = useState<string | null>(null);
  const [campus, setCampus] = useState<Chosen | null>(null);
  const [units, setUnits] = useState<Chosen[]>([]);
  const roles = useQuery({
    queryKey: ['roles', i18n.language],
    queryFn: ({ signal }) => readRoles(i18n.language, signal),
    staleTime: 600_000,
  });
  const add = async () => {
    const body = {
      role,
      organization: campus?.reference ?? null,
      units: units.map((one) => one.reference),
    };
    const done = await act(
      () => ask(`accounts/${account}/positions`, i18n.language, { method: 'POST', body }),
      t('users.positionAdded'),
    );
    if (!done) return;
    setRole(null);
    setUnits([]);
    onAdded();
  };
  return (
    <form
      className="add-position"
      aria-label={t('users.addPosition')}
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <h3>{t('users.addPosition')}</h3>
      <Field label={t('users.role')} required>
        {(props) => (
          <Select
            {...props}
            showSearch={{ optionFilterProp: 'label' }}
            value={role}
            placeholder={t('users.chooseRole')}
            options={(roles.data ?? []).map((one) => ({
              value: one.code,
              label: said(one.name, i18n.language) || one.code,
            }))}
            onChange={setRole}
          />
        )}
      </Field>
      <Field label={t('users.campus')} hint={t('users.campusHint')}>
        {(props) => (
          <ReferencePicker
            {...props}
            types={['Organization']}
            value={campus}
            onChange={setCampus}
          />
        )}
      </Field>
      <Field label={t('users.units')} hint={t('users.unitsHint')}>
        {(props) => (
          <ReferencePicker
            {...props}
            many
            types={['Organization', 'Location']}
            value={units}
            onChange={setUnits}
          />
        )}
      </Field>
      <Button htmlType="submit" loading={busy} disabled={!role}>
        {t('users.addPosition')}
      </Button>
    </form>
  );
}
