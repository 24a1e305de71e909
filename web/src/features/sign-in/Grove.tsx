// The picture beside the sign-in form: an apricot grove in spring, which the platform is named for.

const TREES: [number, number, number][] = [
  [70, 690, 0.8],
  [150, 668, 1],
  [236, 690, 0.72],
  [318, 650, 0.9],
  [404, 676, 1.12],
  [500, 640, 0.78],
  [572, 668, 0.95],
  [660, 636, 1.05],
  [742, 662, 0.82],
];

const NEAR: [number, number, number][] = [
  [40, 806, 1.5],
  [196, 836, 1.25],
  [604, 822, 1.35],
  [752, 796, 1.6],
];

const BLOSSOMS: [number, number, number][] = [
  [792, 92, 1],
  [742, 66, 0.8],
  [716, 118, 1.15],
  [664, 96, 0.75],
  [636, 150, 1.05],
  [690, 168, 0.7],
  [590, 128, 0.8],
  [566, 184, 1],
  [612, 206, 0.66],
  [520, 170, 0.62],
  [498, 216, 0.82],
  [460, 196, 0.55],
  [770, 158, 0.62],
  [748, 212, 0.9],
  [712, 246, 0.6],
  [552, 226, 0.5],
];

const BUDS: [number, number][] = [
  [440, 214],
  [476, 236],
  [694, 278],
  [622, 92],
  [540, 140],
  [424, 206],
];

const PETALS: [number, number, number][] = [
  [420, 330, 20],
  [536, 392, 130],
  [640, 356, 70],
  [340, 452, 200],
  [702, 470, 10],
  [256, 372, 95],
  [470, 520, 300],
  [148, 486, 160],
];

function Tree({ at: [x, y, size] }: { at: [number, number, number] }) {
  return (
    <g transform={`translate(${x} ${y}) scale(${size})`}>
      <path className="grove-wood" d="M-3 0c1-14 1-26 0-40h7c-1 14-1 26 1 40z" />
      <circle className="grove-crown-3" cx="-20" cy="-50" r="20" />
      <circle className="grove-crown-3" cx="20" cy="-48" r="19" />
      <circle className="grove-crown-2" cx="0" cy="-64" r="25" />
      <circle className="grove-crown-1" cx="-9" cy="-70" r="13" />
      <circle className="grove-crown-1" cx="15" cy="-54" r="8" />
    </g>
  );
}

function Blossom({ at: [x, y, size] }: { at: [number, number, number] }) {
  return (
    <g transform={`translate(${x} ${y}) scale(${size}) rotate(${(x * 7) % 72})`}>
      {[0, 72, 144, 216, 288].map((turn) => (
        <path
          key={turn}
          className="grove-petal"
          transform={`rotate(${turn})`}
          d="M0-2c-9-6-11-17-5-22 2-2 4-1 5 1 1-2 3-3 5-1 6 5 4 16-5 22z"
        />
      ))}
      <circle className="grove-heart" r="4" />
      {[36, 108, 180, 252, 324].map((turn) => (
        <circle
          key={turn}
          className="grove-stamen"
          r="1.4"
          cy="-8"
          transform={`rotate(${turn - 36})`}
        />
      ))}
    </g>
  );
}

export function Grove() {
  return (
    <svg
      className="grove"
      viewBox="0 0 800 900"
      preserveAspectRatio="xMidYMax slice"
      aria-hidden
      focusable="false"
    >
      <circle className="grove-sun" cx="178" cy="470" r="96" />
      <path
        className="grove-hill-1"
        d="M0 640c90-70 170-96 262-60 84 33 130-20 218-52 116-42 226-6 320 62v310H0z"
      />
      <path
        className="grove-hill-2"
        d="M0 700c120-52 226-40 330-16s190-30 292-46c74-12 128 2 178 26v236H0z"
      />
      {TREES.map((at) => (
        <Tree key={at[0]} at={at} />
      ))}
      <path className="grove-hill-3" d="M0 776c140-70 300-44 420-8 130 39 262 4 380-46v178H0z" />
      {NEAR.map((at) => (
        <Tree key={at[0]} at={at} />
      ))}
      <path className="grove-hill-4" d="M0 850c180-48 380-30 520-12 110 14 206 0 280-22v84H0z" />
      {PETALS.map(([x, y, turn]) => (
        <path
          key={x}
          className="grove-petal grove-falling"
          transform={`translate(${x} ${y}) rotate(${turn})`}
          d="M0 0c-6-4-7-11-3-15 3-3 6-1 7 2 2 5 0 10-4 13z"
        />
      ))}
    </svg>
  );
}

/** The branch in flower that hangs into the picture from its upper right corner. */
export function Branch() {
  return (
    <svg className="branch" viewBox="400 40 400 260" aria-hidden focusable="false">
      <g className="grove-branch">
        <path d="M830 66C770 84 742 104 700 132s-96 26-146 56-84 26-132 18" strokeWidth="9" />
        <path d="M700 132c30 26 34 66 8 124" strokeWidth="5" />
        <path d="M640 150c-26-14-26-38-22-62" strokeWidth="4" />
        <path d="M554 188c-28 0-54 24-82 48" strokeWidth="4" />
        <path d="M590 168c-14-12-38-26-54-26" strokeWidth="3" />
        <path d="M752 98c-10-14-12-24-8-40" strokeWidth="4" />
      </g>
      {BUDS.map(([x, y]) => (
        <circle key={x} className="grove-bud" cx={x} cy={y} r="6" />
      ))}
      {BLOSSOMS.map((at) => (
        <Blossom key={at[0]} at={at} />
      ))}
    </svg>
  );
}
