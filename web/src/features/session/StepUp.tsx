import { KeyOutlined } from '@ant-design/icons';
import { Alert, Button, Input, Modal } from 'antd';
import { type ReactNode, createContext, useContext, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../api/auth';
import { Refusal } from '../../api/http';
import { type RequestOptions, canUsePasskeys, gaveUp, provePasskey } from '../../api/passkey';

const Context = createContext<() => Promise<boolean>>(async () => false);

/** Asks once more who is there; true when they have shown it. */
export const useStepUp = () => useContext(Context);

/** Acts that matter are done only by someone who has just shown who they are. */
export function StepUpProvider({ children }: { children: ReactNode }) {
  const answer = useRef<(shown: boolean) => void>(() => {});
  const [open, setOpen] = useState(false);
  const close = (shown: boolean) => {
    setOpen(false);
    answer.current(shown);
  };
  const prove = () =>
    new Promise<boolean>((resolve) => {
      answer.current = resolve;
      setOpen(true);
    });
  return (
    <Context value={prove}>
      {children}
      {open && <Dialog onClose={close} />}
    </Context>
  );
}

function Dialog({ onClose }: { onClose: (shown: boolean) => void }) {
  const { t, i18n } = useTranslation();
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = async (proof: () => Promise<unknown>) => {
    setBusy(true);
    setFailure(null);
    try {
      const body = await proof();
      await ask('step-up', i18n.language, { method: 'POST', body, quiet: true });
      onClose(true);
    } catch (error) {
      if (!gaveUp(error)) {
        setFailure(error instanceof Refusal ? error.message : t('error.network'));
      }
      setPassword('');
    } finally {
      setBusy(false);
    }
  };
  const byPasskey = () =>
    attempt(async () => {
      const options = await ask<RequestOptions>('passkey/options', i18n.language, {
        method: 'POST',
        body: {},
      });
      return { passkey: await provePasskey(options) };
    });
  return (
    <Modal
      open
      title={t('session.stepUp')}
      okText={t('session.confirm')}
      confirmLoading={busy}
      okButtonProps={{ disabled: !password }}
      onOk={() => void attempt(async () => ({ password }))}
      onCancel={() => onClose(false)}
    >
      <p>{t('session.stepUpWhy')}</p>
      {failure && <Alert type="error" showIcon title={failure} />}
      <div className="field">
        <label htmlFor="step-up">{t('signIn.password')}</label>
        <Input.Password
          id="step-up"
          autoFocus
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          onPressEnter={() => void (password && attempt(async () => ({ password })))}
        />
      </div>
      {canUsePasskeys() && (
        <Button icon={<KeyOutlined />} onClick={() => void byPasskey()}>
          {t('session.stepUpPasskey')}
        </Button>
      )}
    </Modal>
  );
}
