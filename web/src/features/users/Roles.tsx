import { CheckOutlined, CloseOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Input, Skeleton, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { said } from '../../api/auth';
import { Failure } from '../../components/Failure';
import { Page } from '../../components/Page';
import { Panel } from '../../components/Panel';
import { listed } from '../../components/listed';
import { type Role, readRoles } from './accounts';
import { abilities } from './scopes';

/** What each role may do, in plain words, with the examples it is tested by. */
export function Roles() {
  const { t, i18n } = useTranslation();
  const [text, setText] = useState('');
  const [code, setCode] = useState<string | null>(null);
  const query = useQuery({
    queryKey: ['roles', i18n.language],
    queryFn: ({ signal }) => readRoles(i18n.language, signal),
  });
  const wanted = text.trim().toLowerCase();
  const fits = (one: Role) =>
    [one.code, one.name.zh, one.name.en].some((name) => name.toLowerCase().includes(wanted));
  const found = (query.data ?? []).filter(fits);
  const role = found.find((one) => one.code === code) ?? found[0];
  return (
    <Page title={t('roles.title')} intro={t('roles.intro')}>
      {query.isPending && <Skeleton active />}
      {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && (
        <div className="list-and-detail narrow-list">
          <section className="panel" aria-label={t('roles.list')}>
            <Input
              allowClear
              value={text}
              aria-label={t('roles.find')}
              placeholder={t('roles.find')}
              onChange={(event) => setText(event.target.value)}
            />
            <ul className="choices">
              {found.map((one) => (
                <li key={one.code}>
                  <button
                    type="button"
                    aria-pressed={one.code === role?.code}
                    onClick={() => setCode(one.code)}
                  >
                    {said(one.name, i18n.language) || one.code}
                  </button>
                </li>
              ))}
            </ul>
          </section>
          {role && <RoleDetail role={role} />}
        </div>
      )}
    </Page>
  );
}

function RoleDetail({ role }: { role: Role }) {
  const { t, i18n } = useTranslation();
  const examples = role.examples ?? [];
  const can = abilities(role.scopes ?? []);
  return (
    <div className="stack">
      <Panel
        title={said(role.name, i18n.language) || role.code}
        extra={
          <span>
            {role.breakGlass && <Tag color="orange">{t('roles.breakGlass')}</Tag>}
            {role.version && <Tag>{t('roles.version', { version: role.version })}</Tag>}
          </span>
        }
      >
        <p>{said(role.description, i18n.language)}</p>
        {examples.length > 0 && (
          <>
            <h3>{t('roles.examples')}</h3>
            <ul className="examples">
              {examples.map((one) => (
                <li key={one.text.en} className={one.allowed ? 'may' : 'may-not'}>
                  {one.allowed ? <CheckOutlined aria-hidden /> : <CloseOutlined aria-hidden />}
                  <span className="unseen">{t(one.allowed ? 'roles.may' : 'roles.mayNot')}</span>
                  {said(one.text, i18n.language)}
                </li>
              ))}
            </ul>
          </>
        )}
      </Panel>
      {can.length > 0 && (
        <Panel title={t('roles.scopes')} count={can.length}>
          <div className="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('roles.what')}</th>
                  <th scope="col">{t('roles.acts')}</th>
                  <th scope="col">{t('roles.limited')}</th>
                </tr>
              </thead>
              <tbody>
                {can.map((one) => (
                  <tr key={`${one.type} ${one.limited.join()}`}>
                    <th scope="row">{t(`types.${one.type}`, one.type)}</th>
                    <td>
                      {listed(
                        [...one.letters].map((letter) => t(`roles.${letter}`)),
                        i18n.language,
                      )}
                    </td>
                    <td className="quiet">{one.limited.join('; ')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Panel>
      )}
    </div>
  );
}
