import { SearchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Empty, Input, type InputRef, Skeleton, Tag } from 'antd';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from '../../components/Failure';
import { FindOthers } from '../break-glass/FindOthers';
import { ageOf, displayName, identifiers, otherName, shownDate } from './person';
import { LIMIT, findPatients } from './search';

const KEEP = 'xinglin.search';

function Row({ patient, selected, id }: { patient: fhir4.Patient; selected: boolean; id: string }) {
  const { t, i18n } = useTranslation();
  const name = displayName(patient.name, i18n.language);
  const other = otherName(patient.name, name);
  const years = ageOf(patient);
  const [first, second] = identifiers(patient);
  const ref = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (selected) ref.current?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return (
    <a
      ref={ref}
      id={id}
      role="option"
      aria-selected={selected}
      tabIndex={-1}
      href={`/patient/${patient.id}`}
      className={selected ? 'found selected' : 'found'}
    >
      <span className="found-name">
        <strong>{name ?? t('patient.unnamed')}</strong>
        {other && <span className="quiet">{other}</span>}
      </span>
      <span>
        {t(`patient.${patient.gender ?? 'unknown'}`)} · {t(`patient.${years.key}`, years)}
        {(patient.deceasedDateTime || patient.deceasedBoolean) && (
          <Tag className="deceased">{t('patient.deceased')}</Tag>
        )}
      </span>
      <span className="figures">{shownDate(patient.birthDate)}</span>
      <span className="figures quiet">
        {first && `${t(`identifier.${first.code}`, first.label)} ${first.value}`}
        {second && (
          <span className="second-id">{`${t(`identifier.${second.code}`, second.label)} ${second.value}`}</span>
        )}
      </span>
    </a>
  );
}

/** The first thing on the first page: one box that takes whatever the user knows. */
export function PatientSearch() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState(() => sessionStorage.getItem(KEEP) ?? '');
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(text);
  const input = useRef<InputRef>(null);
  const query = useQuery({
    queryKey: ['patients', wanted, i18n.language],
    queryFn: ({ signal }) => findPatients(wanted, i18n.language, signal),
    placeholderData: (previous) => previous,
    refetchInterval: (q) => (q.state.data?.length === 0 && !wanted ? 3000 : false),
  });
  const found = query.data ?? [];
  useEffect(() => input.current?.focus({ cursor: 'all' }), []);
  useEffect(() => {
    sessionStorage.setItem(KEEP, wanted);
    setAt(0);
  }, [wanted]);

  const open = (patient: fhir4.Patient | undefined) => {
    if (patient) void navigate({ to: '/patient/$id', params: { id: patient.id! } });
  };
  const onKey = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return; // the input method is still choosing characters
    if (event.key === 'ArrowDown') setAt((i) => Math.min(i + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setAt((i) => Math.max(i - 1, 0));
    else if (event.key === 'Enter' && wanted === text) open(found[at]);
    else if (event.key === 'Escape') setText('');
    else return;
    event.preventDefault();
  };

  return (
    <section className="search">
      <Input
        ref={input}
        size="large"
        allowClear
        prefix={<SearchOutlined />}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKey}
        placeholder={t('search.placeholder')}
        aria-label={t('search.label')}
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls="found"
        aria-activedescendant={found[at] ? `found-${found[at].id}` : undefined}
        autoComplete="off"
      />
      <p className="quiet count" role="status">
        {query.isPending
          ? t('search.loading')
          : found.length >= LIMIT && wanted
            ? t('search.more', { count: found.length })
            : wanted
              ? t('search.found', { count: found.length })
              : t('search.recent')}
      </p>
      {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton active paragraph={{ rows: 6 }} />}
      {query.isSuccess && found.length === 0 && (
        <Empty
          image={Empty.PRESENTED_IMAGE_SIMPLE}
          description={
            <>
              <div>{wanted ? t('search.none', { text: wanted }) : t('search.empty')}</div>
              <div className="quiet">{wanted ? t('search.noneHint') : t('search.emptyHint')}</div>
            </>
          }
        />
      )}
      {found.length > 0 && (
        <div
          id="found"
          role="listbox"
          aria-label={t('search.results')}
          className="found-list"
          onClick={(event) => {
            const row = (event.target as HTMLElement).closest('a');
            if (!row || event.ctrlKey || event.metaKey) return;
            event.preventDefault();
            open(found.find((one) => `found-${one.id}` === row.id));
          }}
        >
          {found.map((patient, i) => (
            <Row
              key={patient.id}
              id={`found-${patient.id}`}
              patient={patient}
              selected={i === at}
            />
          ))}
        </div>
      )}
      <FindOthers />
    </section>
  );
}
