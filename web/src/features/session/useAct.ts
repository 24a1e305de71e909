import { App } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Refusal } from '../../api/http';
import { useStepUp } from './StepUp';

/** Whether the server wants to see once more who is there. */
export function wantsStepUp(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'step-up';
}

/**
 * Runs something that writes: asks again who is there where the server wants that, says that it is
 * done, and says in the server's words why it is not. Gives what the server answered, or null.
 */
export function useAct() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const stepUp = useStepUp();
  const [busy, setBusy] = useState(false);
  const attempt = async <T>(action: () => Promise<T>): Promise<T | null> => {
    try {
      return await action();
    } catch (error) {
      if (!wantsStepUp(error) || !(await stepUp())) throw error;
      return action();
    }
  };
  const act = async <T>(action: () => Promise<T>, done?: string): Promise<T | true | null> => {
    setBusy(true);
    try {
      const answer = await attempt(action);
      if (done) void message.success(done);
      return answer ?? true;
    } catch (error) {
      const text = error instanceof Refusal ? error.message : t('error.network');
      void message.error({ content: text, duration: 8 });
      return null;
    } finally {
      setBusy(false);
    }
  };
  return { act, busy };
}
