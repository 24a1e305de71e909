import { LineChart } from 'echarts/charts';
import { GridComponent, MarkAreaComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { theme } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { shownTime } from '../patient/person';
import { type Series, flagKey } from './series';

echarts.use([LineChart, GridComponent, TooltipComponent, MarkAreaComponent, CanvasRenderer]);

/** One series over time, its reference range as a band; the same values follow as a table. */
export function Trend({ series }: { series: Series }) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const chart = echarts.init(box.current!);
    const low = series.low;
    const high = series.high;
    chart.setOption({
      animation: false,
      grid: { left: 56, right: 20, top: 34, bottom: 32 },
      tooltip: {
        trigger: 'axis',
        backgroundColor: token.colorBgElevated,
        textStyle: { color: token.colorText },
        formatter: (items: { dataIndex: number }[]) => {
          const point = series.points[items[0]?.dataIndex ?? 0];
          return point ? `${shownTime(point.time)}<br/><b>${point.shown}</b> ${series.unit}` : '';
        },
      },
      xAxis: {
        type: 'time',
        axisLabel: { color: token.colorTextSecondary, hideOverlap: true },
        axisLine: { lineStyle: { color: token.colorBorder } },
      },
      yAxis: {
        type: 'value',
        scale: true,
        name: series.unit,
        nameTextStyle: { color: token.colorTextSecondary, align: 'right' },
        axisLabel: { color: token.colorTextSecondary },
        splitLine: { lineStyle: { color: token.colorBorderSecondary } },
      },
      series: [
        {
          type: 'line',
          showSymbol: true,
          symbolSize: 7,
          lineStyle: { color: token.colorPrimary, width: 2 },
          itemStyle: { color: token.colorPrimary },
          data: series.points.map((point) => ({
            value: [Date.parse(point.time), point.value],
            itemStyle: flagKey(series, point.flag, point.value)
              ? { color: token.colorError, borderColor: token.colorError }
              : undefined,
            symbol: flagKey(series, point.flag, point.value) ? 'diamond' : 'circle',
          })),
          markArea:
            low === undefined && high === undefined
              ? undefined
              : {
                  silent: true,
                  itemStyle: { color: token.colorSuccess, opacity: 0.12 },
                  data: [[{ yAxis: low ?? 0 }, { yAxis: high ?? 'max' }]],
                },
        },
      ],
    });
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(box.current!);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [series, token]);
  return (
    <div>
      <div
        ref={box}
        className="trend"
        role="img"
        aria-label={`${t('chart.trend')}: ${series.name}, ${t('chart.points', { count: series.points.length })}`}
      />
      <details>
        <summary>{t('chart.asTable')}</summary>
        <div className="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">{t('chart.time')}</th>
                <th scope="col">{t('chart.value')}</th>
                <th scope="col">{t('chart.flag')}</th>
              </tr>
            </thead>
            <tbody>
              {[...series.points].reverse().map((point) => {
                const key = flagKey(series, point.flag, point.value);
                return (
                  <tr key={point.time + point.shown}>
                    <td className="figures">{shownTime(point.time)}</td>
                    <td className="figures">
                      {point.shown} {series.unit}
                    </td>
                    <td>{key && t(`chart.${key}`)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </details>
    </div>
  );
}
