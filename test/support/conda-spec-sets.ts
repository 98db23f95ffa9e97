/** Spec sets over the channel corpus, for comparing solvers: what people write, and combinations that nobody thought of. */
import { defaultVirtualPackages, type PlatformName, type VirtualPackage } from "#packaging/target.ts";
import type { MemoryChannel } from "./conda-memory.ts";

export interface SpecSet {
  /** `linux-64-cuda written 3` */
  readonly id: string;
  readonly platform: PlatformName;
  /** The first one first. */
  readonly channels: readonly string[];
  readonly virtualPackages: readonly VirtualPackage[];
  readonly specs: readonly string[];
}

const WRITTEN: readonly string[] = [
  "python=3.11|numpy",
  "python=3.10|pandas|scipy|matplotlib",
  "python=3.12|xarray|dask|zarr",
  "python=3.11|libblas=*=*openblas|numpy",
  "python=3.11|libblas=*=*mkl|numpy|scipy",
  "python=3.11|scikit-learn|jupyterlab",
  "python=3.9|numpy<1.24|pandas",
  "python|pytorch",
  "python=3.12|pytorch=*=cpu*|torchvision",
  "python=3.10|jax",
  "python=3.11|gdal|rasterio|geopandas",
  "python=3.11|netcdf4|h5py",
  "python=3.10|hdf5=1.14.*|netcdf4|libnetcdf",
  "python=3.11|libcurl|libxml2|icu",
  "python>=3.9,<3.12|numpy>=1.20,<2|pip",
  "python=3.12|pandas=2.2.*|pyarrow",
  "python=3.11|polars|duckdb|pyarrow=14.*",
  "python=3.10|cartopy|matplotlib-base",
  "python=3.11|numba|llvmlite",
  "python=3.12|ruff|mypy|pytest|pytest-cov",
  "python=3.11|xgboost|lightgbm|scikit-learn",
  "python=3.10|vtk|pyvista",
  "python=3.11|opencv|pillow",
  "python=3.12|qgis",
  "python=3.11|tensorflow",
  "python=3.13|scipy|pandas",
  "python=3.11|openssl=1.1.*",
  "python=3.12|openssl>=3,<4|cryptography",
  "python=3.11|rasterio=1.3.*|fiona",
  "python=3.10|mamba|conda",
  "python=3.9|tables|h5py",
  "python=3.11|dask=2023.*|distributed|bokeh",
  "python=3.11|numpy=1.26|pandas<2.1|matplotlib=3.8.*",
  "python=3.12|sqlalchemy>=2|psycopg2|alembic",
  "nodejs|git",
  "python=3.11|xarray|netcdf4|cartopy|dask|zarr|jupyterlab|hvplot",
];

const CUDA: readonly string[] = [
  "python=3.11|pytorch",
  "python=3.12|pytorch=*=cuda*",
  "python=3.11|pytorch-gpu",
  "python=3.10|jax|jaxlib=*=*cuda*",
  "python=3.12|jax|jaxlib",
  "python=3.11|xgboost|cuda-version=12.*",
  "python=3.11|pytorch|torchvision|cuda-version=12.6",
  "python=3.12|tensorflow",
  "python=3.12|numba-cuda",
  "python=3.10|cupy",
  "python=3.11|pytorch=*=cpu*",
  "python=3.12|cuda-nvcc|cuda-version>=12.8",
];

/** Several channels, strict priority. */
const CHANNELS: readonly (readonly [channels: string, specs: string])[] = [
  ["pytorch nvidia conda-forge", "python=3.10|pytorch"],
  ["conda-forge pytorch nvidia", "python=3.10|pytorch|pytorch-mutex"],
  ["pytorch conda-forge", "python=3.9|pytorch|torchvision"],
  ["robostack-staging conda-forge", "python=3.10|ros-humble-ros-base"],
  ["robostack-jazzy conda-forge", "ros-jazzy-ros-base"],
  ["main conda-forge", "python=3.9|numpy"],
  ["conda-forge bioconda", "python=3.10|samtools|numpy"],
];

const PLATFORMS = ["linux-64", "osx-arm64", "win-64"] as const;
const FORGE = ["conda-forge"];

/** Names with some choice, in combinations that are the same in every run. */
function spreadSpecs({ records }: MemoryChannel, count: number): readonly (readonly string[])[] {
  const names = [...records.keys()].filter((name) => (records.get(name)?.length ?? 0) > 2).sort();
  return Array.from({ length: count }, (_, index) => {
    const picked = [0, 1, 2].map((part) => names[(index * 97 + part * 389 + 31) % names.length] ?? "python");
    return [`python=3.${9 + (index % 5)}`, ...new Set(picked)];
  });
}

/**
 * The sets for linux-64, osx-arm64 and win-64, with CUDA for the first and the last.
 * @param channel conda-forge of the corpus for a platform
 * @param spread how many combinations for each platform, beside the written ones
 */
export function condaSpecSets(channel: (platform: PlatformName) => MemoryChannel, spread: number): readonly SpecSet[] {
  return PLATFORMS.flatMap((platform) => {
    const plain = { platform, channels: FORGE, virtualPackages: defaultVirtualPackages(platform, "cpu") };
    const cuda = { ...plain, virtualPackages: defaultVirtualPackages(platform, "cuda") };
    const name = (kind: string, place: number): string => `${platform} ${kind} ${place + 1}`;
    const sets: SpecSet[] = [
      ...WRITTEN.map((specs, place) => ({ ...plain, id: name("written", place), specs: specs.split("|") })),
      ...spreadSpecs(channel(platform), spread).map((specs, place) => ({ ...plain, id: name("spread", place), specs })),
      ...CHANNELS.map(([channels, specs], place) => ({
        ...plain,
        id: name("channels", place),
        channels: channels.split(" "),
        specs: specs.split("|"),
      })),
    ];
    if (platform === "osx-arm64") return sets;
    return [...sets, ...CUDA.map((specs, place) => ({ ...cuda, id: name("cuda", place), specs: specs.split("|") }))];
  });
}
