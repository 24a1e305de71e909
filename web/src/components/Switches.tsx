import { BulbOutlined, GlobalOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { changeLanguage } from '../i18n';
import { chooseColours, useColours } from '../theme';

/** The other language and the other colours, one click each. */
export function Switches() {
  const { t, i18n } = useTranslation();
  const [, mode] = useColours();
  const chinese = i18n.language.startsWith('zh');
  const colours = t(mode === 'dark' ? 'app.themeLight' : 'app.themeDark');
  return (
    <>
      <Button
        type="text"
        icon={<GlobalOutlined />}
        lang={chinese ? 'en' : 'zh-CN'}
        onClick={() => void changeLanguage(chinese ? 'en' : 'zh-CN')}
      >
        {t('app.language')}
      </Button>
      <Button
        type="text"
        icon={<BulbOutlined />}
        aria-label={colours}
        title={colours}
        onClick={() => chooseColours(mode === 'dark' ? 'light' : 'dark')}
      />
    </>
  );
}
