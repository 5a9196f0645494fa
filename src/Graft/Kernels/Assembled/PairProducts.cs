using Graft.Simd;

namespace Graft.Kernels.Assembled;

/// <summary>The products of a layer's forward and backward by <see cref="AssembledTiles"/>: of bfloat16, with sums in float32.</summary>
internal static unsafe class PairProducts
{
    private const int Lanes = 16, Columns = 32;

    /// <summary>A row length for what is rounded: whole groups of columns, and no power of two, whose rows would all fall into the same few lines of the cache.</summary>
    public static int Pitch(int channels)
    {
        int whole = SimdWidth.RoundUp(channels, Columns);
        return whole % 128 == 0 ? whole + Columns : whole;
    }

    /// <summary>Rounds rows to bfloat16.</summary>
    /// <param name="rows">The number of rows. Behind an odd number there is room for one more, which becomes zeros.</param>
    /// <param name="channels">The number of channels. The pair of the last one of an odd number is one with 0.</param>
    /// <param name="x">The rows.</param>
    /// <param name="pitch">From one row to the next, a <see cref="Pitch"/>; of what is made, too.</param>
    /// <param name="columns">Receives the rows; null for not.</param>
    /// <param name="pairs">Receives pairs of a row and the one below; null for not.</param>
    public static void Round(int rows, int channels, float* x, int pitch, BFloat16* columns, uint* pairs)
    {
        if (rows % 2 != 0) new Span<float>(x + ((nint)rows * pitch), pitch).Clear();
        if (channels % 2 != 0)
            for (int r = 0; r < rows; r++) x[((nint)r * pitch) + channels] = 0;
        RoundingCall call = new() { Source = x, SourceStride = pitch * sizeof(float), ColumnsStride = pitch * sizeof(BFloat16), RowsStride = pitch * sizeof(uint), Groups = (channels + Columns - 1) / Columns, Pairs = (rows + 1) / 2 };
        call.Columns = columns;
        call.Rows = pairs;
        AssembledTiles.Round(&call);
    }

    /// <summary>target[r, n] = (target[r, n] or 0) + sum over k of source[r, k] weights[n, k].</summary>
    /// <param name="panels">The weights.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="source">The rows, as bfloat16; behind an odd number of columns there is a zero.</param>
    /// <param name="sourceStride">From one row to the next, in numbers.</param>
    /// <param name="target">The sums; rows have room for whole vectors of 16.</param>
    /// <param name="targetStride">From one row of sums to the next.</param>
    /// <param name="accumulates">Whether there are sums to add to.</param>
    /// <param name="fetch">What to fetch meanwhile.</param>
    public static void Multiply(PairPanels panels, int rows, BFloat16* source, nint sourceStride, float* target, nint targetStride, bool accumulates, Prefetch fetch)
    {
        Ahead ahead = new(fetch, (long)panels.Count * Bands(rows) * panels.Pairs);
        for (int panel = 0; panel < panels.Count; panel++)
        {
            TileCall call = new()
            {
                SourceStride = sourceStride * sizeof(BFloat16),
                SourceStep = sizeof(uint),
                WeightStep = panels.Vectors(panel) * Lanes * sizeof(uint),
                TargetStride = targetStride * sizeof(float),
            };
            Down(call, rows, panels.Vectors(panel), (byte*)source, (byte*)panels[panel], target + PairPanels.First(panel), panels.Pairs, accumulates, ref ahead);
        }
    }

    /// <summary>dw[k, n] = (dw[k, n] or 0) + sum over r of x[r, k] dy[r, n].</summary>
    /// <param name="pairs">The pairs of rows.</param>
    /// <param name="depth">The number of k.</param>
    /// <param name="outputs">The number of n.</param>
    /// <param name="x">Pairs of rows of the layer's input.</param>
    /// <param name="xStride">From one pair of rows to the next.</param>
    /// <param name="dy">Pairs of rows of the gradient of the layer's output.</param>
    /// <param name="dyStride">From one pair of rows to the next.</param>
    /// <param name="dw">The sums; rows have room for whole vectors of 16.</param>
    /// <param name="dwStride">From one k to the next.</param>
    /// <param name="accumulates">Whether there are sums to add to.</param>
    /// <param name="fetch">What to fetch meanwhile.</param>
    public static void AddGradient(int pairs, int depth, int outputs, uint* x, nint xStride, uint* dy, nint dyStride, float* dw, nint dwStride, bool accumulates, Prefetch fetch)
    {
        Ahead ahead = new(fetch, (long)((outputs + (2 * Lanes) - 1) / (2 * Lanes)) * Bands(depth) * pairs);
        for (int n = 0; n < outputs; n += 2 * Lanes)
        {
            TileCall call = new()
            {
                SourceStride = sizeof(uint),
                SourceStep = xStride * sizeof(uint),
                WeightStep = dyStride * sizeof(uint),
                TargetStride = dwStride * sizeof(float),
            };
            Down(call, depth, outputs - n > Lanes ? 2 : 1, (byte*)x, (byte*)(dy + n), dw + n, pairs, accumulates, ref ahead);
        }
    }

    /// <summary>Tiles as equal as can be, from the first row to the last.</summary>
    private static void Down(TileCall call, int rows, int vectors, byte* source, byte* weights, float* target, int steps, bool accumulates, ref Ahead ahead)
    {
        int bands = Bands(rows), height = rows / bands, higher = rows % bands;
        for (int part = 0; part < 2; part++)
        {
            (int rowsOfTile, int tiles) = part == 0 ? (height + 1, higher) : (height, bands - higher);
            if (tiles == 0) continue;
            call.Source = source;
            call.Weights = weights;
            call.Target = target;
            (call.Steps, call.Tiles, call.Accumulates) = (steps, tiles, accumulates ? 1 : 0);
            ahead.Give(ref call, (long)tiles * steps);
            AssembledTiles.Run(rowsOfTile, vectors, &call);
            source += rowsOfTile * tiles * call.SourceStride;
            target += rowsOfTile * tiles * call.TargetStride / sizeof(float);
        }
    }

    private static int Bands(int rows) => (rows + AssembledTiles.MostRows - 1) / AssembledTiles.MostRows;

    /// <summary>What is fetched during a number of steps: two ranges side by side.</summary>
    private ref struct Ahead(Prefetch fetch, long steps)
    {
        private readonly nint step = steps == 0 ? 0 : (nint)((fetch.Bytes + steps - 1) / steps), apart = fetch.Second - fetch.First;
        private nint done;

        /// <summary>Lets a call fetch its share; where there is nothing to fetch, what it reads anyway.</summary>
        public void Give(ref TileCall call, long count)
        {
            call.Ahead = step == 0 ? call.Weights : (byte*)fetch.First + done;
            call.Apart = step == 0 ? 0 : apart;
            call.AheadStep = step;
            done += (nint)count * step;
        }
    }
}
