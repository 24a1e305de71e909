import { Button, Modal, Typography } from 'antd';
import { useTranslation } from 'react-i18next';

/** A link by which a person chooses a password, shown once. */
export function OneTimeLink({ link, onClose }: { link: string; onClose: () => void }) {
  const { t } = useTranslation();
  const address = new URL(link, location.origin).href;
  return (
    <Modal
      open
      title={t('users.link')}
      onCancel={onClose}
      footer={
        <Button type="primary" onClick={onClose}>
          {t('users.done')}
        </Button>
      }
    >
      <p>{t('users.linkWhy')}</p>
      <Typography.Paragraph copyable className="figures">
        {address}
      </Typography.Paragraph>
    </Modal>
  );
}
