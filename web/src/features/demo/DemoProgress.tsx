import { useQuery } from '@tanstack/react-query';
import { Progress } from 'antd';
import { useTranslation } from 'react-i18next';

interface Readiness {
  demo: { done: number; of: number } | null;
}

async function read(signal: AbortSignal): Promise<Readiness> {
  const answer = await fetch('/health/ready', { signal });
  return (await answer.json()) as Readiness;
}

/** How far the synthetic group has been loaded; nothing where it is all there or was never asked for. */
export function DemoProgress() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['demo'],
    queryFn: ({ signal }) => read(signal),
    refetchInterval: (q) => {
      const demo = q.state.data?.demo;
      return demo && demo.done < demo.of ? 2000 : false;
    },
  });
  const demo = query.data?.demo;
  if (!demo || demo.of === 0 || demo.done >= demo.of) return null;
  const text = t('demo.loading', { done: demo.done, of: demo.of });
  return (
    <div className="demo">
      <span className="quiet">{text}</span>
      <Progress
        percent={Math.floor((demo.done / demo.of) * 100)}
        size="small"
        aria-label={text}
        status="active"
      />
    </div>
  );
}
