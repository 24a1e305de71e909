import { UserAddOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Empty, Input, Skeleton, Tag } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { said } from '../../api/auth';
import { Failure } from '../../components/Failure';
import { Page } from '../../components/Page';
import { listed } from '../../components/listed';
import { AccountDetail } from './AccountDetail';
import { AddAccount } from './AddAccount';
import { type AccountRow, findAccounts } from './accounts';

function Row({
  account,
  selected,
  onSelect,
}: {
  account: AccountRow;
  selected: boolean;
  onSelect: () => void;
}) {
  const { t, i18n } = useTranslation();
  const roles = (account.positions ?? []).map((one) => said(one.roleName, i18n.language));
  return (
    <tr className={selected ? 'selected' : ''}>
      <th scope="row">
        <button type="button" className="plain" aria-pressed={selected} onClick={onSelect}>
          <strong>{said(account.name, i18n.language) || account.user}</strong>
        </button>
      </th>
      <td className="figures">{account.user}</td>
      <td>{listed([...new Set(roles)], i18n.language)}</td>
      <td>
        {account.locked && <Tag color="red">{t('users.locked')}</Tag>}
        {!account.active && <Tag>{t('users.inactive')}</Tag>}
        {account.active && !account.locked && <span className="quiet">{t('users.active')}</span>}
      </td>
    </tr>
  );
}

/** Who may sign in, and in which positions. */
export function Users() {
  const { t, i18n } = useTranslation();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<number | null>(null);
  const [adding, setAdding] = useState(false);
  const wanted = useDeferredValue(text.trim());
  const query = useQuery({
    queryKey: ['accounts', wanted, i18n.language],
    queryFn: ({ signal }) => findAccounts(wanted, i18n.language, signal),
    placeholderData: (previous) => previous,
  });
  const found = query.data ?? [];
  const account = found.find((one) => one.id === chosen) ?? found[0];
  return (
    <Page
      title={t('users.title')}
      intro={t('users.intro')}
      extra={
        <Button type="primary" icon={<UserAddOutlined />} onClick={() => setAdding(true)}>
          {t('users.add')}
        </Button>
      }
    >
      <div className="list-and-detail">
        <section className="panel" aria-label={t('users.list')}>
          <Input.Search
            allowClear
            value={text}
            aria-label={t('users.find')}
            placeholder={t('users.find')}
            onChange={(event) => setText(event.target.value)}
          />
          {query.isPending && <Skeleton active />}
          {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
          {query.isSuccess && found.length === 0 && (
            <Empty
              image={Empty.PRESENTED_IMAGE_SIMPLE}
              description={t('users.none', { text: wanted })}
            />
          )}
          {found.length > 0 && (
            <div className="scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t('users.name')}</th>
                    <th scope="col">{t('signIn.user')}</th>
                    <th scope="col">{t('users.roles')}</th>
                    <th scope="col">{t('users.state')}</th>
                  </tr>
                </thead>
                <tbody>
                  {found.map((one) => (
                    <Row
                      key={one.id}
                      account={one}
                      selected={one.id === account?.id}
                      onSelect={() => setChosen(one.id)}
                    />
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
        {account && <AccountDetail key={account.id} account={account} />}
      </div>
      {adding && (
        <AddAccount
          onClose={(id) => {
            setAdding(false);
            if (id !== undefined) setChosen(id);
          }}
        />
      )}
    </Page>
  );
}
