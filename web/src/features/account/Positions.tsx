import { Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { enter, said } from '../../api/auth';
import { Panel } from '../../components/Panel';
import { useEnter, useSession } from '../session/session';
import { useAct } from '../session/useAct';

/** The appointments one can work in; the present one is marked. */
export function Positions() {
  const { t, i18n } = useTranslation();
  const { position, positions } = useSession();
  const signIn = useEnter();
  const { act, busy } = useAct();
  const change = async (id: number) => {
    const session = await act(() => enter('position', { id }, i18n.language));
    if (session && session !== true) signIn(session);
  };
  return (
    <Panel title={t('account.positions')} count={positions.length}>
      {positions.length === 0 && <p className="quiet">{t('account.noPositions')}</p>}
      <ul>
        {positions.map((one) => (
          <li key={one.id} className="line">
            <span className="line-main">
              <strong>{said(one.roleName, i18n.language) || one.role}</strong>{' '}
              <span className="quiet">
                {[one.organization, ...one.units]
                  .map((place) => said(place?.name, i18n.language))
                  .filter(Boolean)
                  .join(' · ') || t('account.wholeGroup')}
              </span>
            </span>
            {one.id === position?.id ? (
              <Tag color="green">{t('account.present')}</Tag>
            ) : (
              <Button size="small" disabled={busy} onClick={() => void change(one.id)}>
                {t('account.change')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
