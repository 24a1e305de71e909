import { EyeOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { mayOpen } from '../session/pages';
import { useSession } from '../session/session';

/** From a chart to whoever saw it: for those who may ask that, the patient among them. */
export function WhoSawLink({ id }: { id: string }) {
  const { t } = useTranslation();
  const { pages, account } = useSession();
  if (!mayOpen(pages, 'who-saw') && account.patient !== `Patient/${id}`) return null;
  return (
    <Link className="banner-link" to="/who-saw" search={{ patient: id }}>
      <EyeOutlined aria-hidden /> {t('audit.whoSaw')}
    </Link>
  );
}
