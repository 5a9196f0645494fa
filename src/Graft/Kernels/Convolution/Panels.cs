using System.Runtime.CompilerServices;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>Runs several panels of a matrix product into one target.</summary>
internal static unsafe class Panels
{
    // Sources larger than this are walked in blocks of rows, so that they are read once from the second-level cache and not once for each panel.
    private const int BlockFloats = 1 << 16;

    // A multiple of every tile's rows.
    private const int TileRows = 42;

    private const int RaggedRows = 28;

    /// <summary>Runs panels <paramref name="first"/> to <paramref name="end"/> - 1.</summary>
    /// <param name="panels">The matrix.</param>
    /// <param name="first">The first panel.</param>
    /// <param name="end">One past the last panel.</param>
    /// <param name="call">The windows; its target and residual are those of the matrix's first output. Weights and bias are filled in here.</param>
    /// <param name="slice">Which of the slices that a caller cuts the same panel's windows into this is: each prefetches its share of the next panel.</param>
    /// <param name="slices">The number of slices.</param>
    /// <param name="far">What else to fetch meanwhile.</param>
    /// <param name="fetch">What to fetch instead of the next panels.</param>
    /// <param name="function">What is applied to the results while they are in the cache, or null.</param>
    public static void Run(PackedPanels panels, int first, int end, in PanelCall call, int slice = 0, int slices = 1, PrefetchedWeights far = default, Prefetch fetch = default, IElementwise? function = null)
    {
        int block = Math.Max(TileRows, (int)(BlockFloats / Math.Max(1, call.SourceStride)) / TileRows * TileRows);
        for (int row = 0; row < call.Rows; row += block)
        {
            PanelCall part = call;
            part.Rows = Math.Min(block, call.Rows - row);
            part.Source += row * call.SourceStride;
            int tiles = Math.Max(1, part.Rows / 7);
            for (int index = first; index < end; index++)
            {
                ref readonly PackedPanels.Panel panel = ref panels[index];
                part.Weights = panel.Weights;
                part.Bias = panel.Bias;
                part.Target = call.Target + (row * call.TargetStride) + panel.First;
                if (call.Residual is not null) part.Residual = call.Residual + (row * call.ResidualStride) + panel.First;
                int width = panel.Vectors * panel.Lanes, share = panels.Depth * width * sizeof(float) / slices;
                part.Ahead = (byte*)(panel.Weights + (panels.Depth * width)) + (slice * share);
                part.AheadStep = (share / (panels.Depth * tiles)) + 1;
                if (fetch.Bytes > 0)
                {
                    nint own = fetch.Bytes / panels.Count;
                    part.Ahead = (byte*)fetch.First + (index * own);
                    part.FarAhead = fetch.Second - fetch.First;
                    part.AheadStep = (own / (panels.Depth * tiles)) + 1;
                }
                else if (far.Bytes > 0)
                {
                    nint farShare = far.Bytes / panels.Count;
                    part.AheadStep = Math.Max(part.AheadStep, Math.Min(64, (farShare / (panels.Depth * tiles)) + 1));
                    part.FarAhead = far.Start + (index * farShare) - (nint)part.Ahead;
                }

                if (panel.Outputs == width) PanelKernel.Run(part, panel.Vectors, panel.Lanes);
                else RunRagged(part, panel);
                function?.Run(part.Rows, panel.Outputs, new StridedRows(part.Target, part.TargetStride, part.TargetPlaneStride));
            }
        }
    }

    /// <summary>Runs one panel into a target of its own that has room for whole vectors.</summary>
    /// <param name="panels">The matrix.</param>
    /// <param name="index">The panel.</param>
    /// <param name="call">The windows; weights, bias and what to fetch are filled in here.</param>
    /// <param name="slice">Which of the slices that a caller cuts the panel's windows into this is.</param>
    /// <param name="slices">The number of slices.</param>
    public static void RunOne(PackedPanels panels, int index, ref PanelCall call, int slice, int slices)
    {
        ref readonly PackedPanels.Panel panel = ref panels[index];
        call.Weights = panel.Weights;
        call.Bias = panel.Bias;
        int width = panel.Vectors * panel.Lanes, share = panels.Depth * width * sizeof(float) / slices;
        call.Ahead = (byte*)(panel.Weights + (panels.Depth * width)) + (slice * share);
        call.AheadStep = (share / (panels.Depth * Math.Max(1, call.Rows / 7))) + 1;
        PanelKernel.Run(call, panel.Vectors, panel.Lanes);
    }

    /// <summary>A panel that is not whole vectors goes through a buffer, a few rows at a time.</summary>
    [MethodImpl(Compiled.Alone)]
    private static void RunRagged(in PanelCall call, in PackedPanels.Panel panel)
    {
        int stride = panel.Vectors * panel.Lanes;
        float* buffer = stackalloc float[RaggedRows * stride];
        float* residual = stackalloc float[RaggedRows * stride];
        for (int row = 0; row < call.Rows; row += RaggedRows)
        {
            PanelCall part = call;
            part.Rows = Math.Min(RaggedRows, call.Rows - row);
            part.Source += row * call.SourceStride;
            part.Target = buffer;
            part.TargetStride = stride;
            part.TargetPlaneStride = panel.Lanes;
            if (call.Residual is not null)
            {
                part.Residual = residual;
                part.ResidualStride = stride;
                for (int i = 0; i < part.Rows; i++) Copy(call.Residual + ((row + i) * call.ResidualStride), residual + (i * stride), panel.Outputs);
            }

            PanelKernel.Run(part, panel.Vectors, panel.Lanes);
            for (int i = 0; i < part.Rows; i++) Copy(buffer + (i * stride), call.Target + ((row + i) * call.TargetStride), panel.Outputs);
        }
    }

    private static void Copy(float* source, float* target, int count) => new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(target, count));
}
