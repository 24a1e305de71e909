import { Input, Select, Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { Field } from '../../components/Field';
import { age } from '../patient/person';
import { type Draft, type Gender, PAPERS, type Paper, derived, problems } from './draft';
import { readDate, readIdentity } from './identity';
import { splitName } from './name';

const GENDERS: Gender[] = ['male', 'female', 'other', 'unknown'];
const INSURANCES = ['employee', 'resident', 'public', 'commercial', 'self'];
const RELATIONS = ['spouse', 'parent', 'child', 'sibling', 'other'];

/** The fields; Enter goes on to the next one, as clerks know it. */
export function RegistrationForm({
  draft,
  onChange,
}: {
  draft: Draft;
  onChange: (draft: Draft) => void;
}) {
  const { t } = useTranslation();
  const wrong = problems(draft);
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  const problem = (field: keyof Draft) =>
    wrong[field] ? t(`registration.problems.${wrong[field]}`) : null;
  const name = splitName(draft.name);
  const identity = draft.paper === 'NI' ? readIdentity(draft.number) : null;
  const birth = readDate(draft.birth);
  const years = birth ? age(birth, new Date()) : null;
  const settle = () => {
    const next = derived(draft);
    if (next !== draft) onChange(next);
  };
  return (
    <div className="form-grid">
      <Field
        label={t('registration.name')}
        required
        hint={
          name?.family
            ? t('registration.nameParts', { family: name.family, given: name.given?.join(' ') })
            : t('registration.nameHint')
        }
      >
        {(props) => (
          <Input
            {...props}
            autoFocus
            autoComplete="off"
            value={draft.name}
            onChange={(event) => set({ name: event.target.value })}
          />
        )}
      </Field>
      <Field
        label={t('registration.paper')}
        error={problem('number')}
        hint={identity && 'resident' in identity ? t('registration.numberGood') : undefined}
      >
        {(props) => (
          <div className="joined">
            <Select
              aria-label={t('registration.paperKind')}
              value={draft.paper}
              options={(Object.keys(PAPERS) as Paper[]).map((value) => ({
                value,
                label: t(`registration.papers.${value}`),
              }))}
              onChange={(paper: Paper) => set({ paper })}
            />
            <Input
              {...props}
              autoComplete="off"
              className="figures"
              status={wrong.number ? 'error' : ''}
              value={draft.number}
              onChange={(event) => set({ number: event.target.value })}
              onBlur={settle}
            />
          </div>
        )}
      </Field>
      <Field label={t('registration.gender')} required error={problem('gender')}>
        {(props) => (
          <Segmented
            {...props}
            name="gender"
            value={draft.gender}
            options={GENDERS.map((value) => ({
              value,
              label: t(`registration.genders.${value}`),
            }))}
            onChange={(gender: Gender) => set({ gender })}
          />
        )}
      </Field>
      <Field
        label={t('registration.birth')}
        required
        error={problem('birth')}
        hint={
          years ? `${birth} · ${t(`patient.${years.key}`, years)}` : t('registration.birthHint')
        }
      >
        {(props) => (
          <Input
            {...props}
            autoComplete="off"
            className="figures"
            status={wrong.birth && wrong.birth !== 'birthDiffers' ? 'error' : ''}
            value={draft.birth}
            onChange={(event) => set({ birth: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('registration.phone')} error={problem('phone')}>
        {(props) => (
          <Input
            {...props}
            inputMode="tel"
            autoComplete="off"
            className="figures"
            status={wrong.phone ? 'error' : ''}
            value={draft.phone}
            onChange={(event) => set({ phone: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('registration.insurance')}>
        {(props) => (
          <div className="joined">
            <Select
              aria-label={t('registration.insuranceKind')}
              value={draft.insurance || undefined}
              allowClear
              placeholder={t('registration.choose')}
              options={INSURANCES.map((value) => ({
                value,
                label: t(`registration.insurances.${value}`),
              }))}
              onChange={(insurance: string | undefined) => set({ insurance: insurance ?? '' })}
            />
            <Input
              {...props}
              autoComplete="off"
              className="figures"
              placeholder={t('registration.insuranceNumber')}
              value={draft.insuranceNumber}
              onChange={(event) => set({ insuranceNumber: event.target.value })}
            />
          </div>
        )}
      </Field>
      <Field label={t('registration.address')} className="whole">
        {(props) => (
          <Input
            {...props}
            autoComplete="off"
            value={draft.address}
            onChange={(event) => set({ address: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('registration.contact')}>
        {(props) => (
          <div className="joined">
            <Select
              aria-label={t('registration.relation')}
              value={draft.contactRelation || undefined}
              allowClear
              placeholder={t('registration.relation')}
              options={RELATIONS.map((one) => ({
                value: t(`registration.relations.${one}`),
                label: t(`registration.relations.${one}`),
              }))}
              onChange={(one: string | undefined) => set({ contactRelation: one ?? '' })}
            />
            <Input
              {...props}
              autoComplete="off"
              value={draft.contactName}
              onChange={(event) => set({ contactName: event.target.value })}
            />
          </div>
        )}
      </Field>
      <Field label={t('registration.contactPhone')}>
        {(props) => (
          <Input
            {...props}
            inputMode="tel"
            autoComplete="off"
            className="figures"
            value={draft.contactPhone}
            onChange={(event) => set({ contactPhone: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}
