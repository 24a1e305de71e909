import {
  CheckOutlined,
  DownOutlined,
  IdcardOutlined,
  LockOutlined,
  LogoutOutlined,
} from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { App, Button, Dropdown, type MenuProps } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Position, enter, said } from '../../api/auth';
import { type Colours, chooseColours, useColours } from '../../theme';
import { positionName } from './position';
import { useEnter, useSession, useSignOut } from './session';

const COLOURS: Colours[] = ['light', 'dark', 'system'];

/** Name, role and campus of whoever is signed in; positions, colours, lock and sign-out. */
export function UserMenu() {
  const { t, i18n } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const session = useSession();
  const signIn = useEnter();
  const signOut = useSignOut();
  const [colours] = useColours();
  const language = i18n.language;
  const { position, positions, account } = session;
  const change = async (one: Position) => {
    try {
      signIn(await enter('position', { id: one.id }, language));
      await navigate({ to: '/' });
    } catch (error) {
      void message.error((error as Error).message);
    }
  };
  const others = positions.filter((one) => one.id !== position?.id);
  const items: MenuProps['items'] = [
    { key: 'account', icon: <IdcardOutlined />, label: t('nav.account') },
    ...(others.length > 0
      ? [
          {
            type: 'group' as const,
            key: 'positions',
            label: t('session.workAs'),
            children: others.map((one) => ({
              key: `position:${one.id}`,
              label: positionName(one, language),
            })),
          },
        ]
      : []),
    { type: 'divider' },
    {
      key: 'colours',
      label: t('session.colours'),
      children: COLOURS.map((one) => ({
        key: `colours:${one}`,
        label: t(`session.${one}`),
        icon: one === colours ? <CheckOutlined /> : <span className="no-icon" />,
      })),
    },
    { type: 'divider' },
    ...(session.shared ? [{ key: 'lock', icon: <LockOutlined />, label: t('session.lock') }] : []),
    { key: 'out', icon: <LogoutOutlined />, label: t('session.signOut') },
  ];
  const onClick: MenuProps['onClick'] = ({ key }) => {
    const [what, value] = key.split(':');
    if (what === 'account') void navigate({ to: '/account' });
    else if (what === 'position') {
      const chosen = positions.find((one) => String(one.id) === value);
      if (chosen) void change(chosen);
    } else if (what === 'colours') chooseColours(value as Colours);
    else void signOut().catch((error: Error) => message.error(error.message));
  };
  const name = said(account.name, language) || account.user;
  return (
    <Dropdown trigger={['click']} menu={{ items, onClick }}>
      <Button type="text" className="user-button">
        <span className="unseen">{t('session.menu')}</span>
        <span className="user-name">{name}</span>
        <span className="quiet user-role">{position && positionName(position, language)}</span>
        <DownOutlined aria-hidden />
      </Button>
    </Dropdown>
  );
}
