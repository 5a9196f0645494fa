using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>
/// One row of the input of a 3x3 depthwise convolution, backward, all at once: with d[u, p] the gradient of output p of the row that tap u reaches from this one, p(t, j) the output that tap t reaches from column j,
/// v(x) = scale x + shift and a = clamp(v(x)),
/// <code>
/// dw[u, t] += sum over j of a[j] d[u, p(t, j)]
/// g[j]      = sum over u, t of w[u, t] d[u, p(t, j)] where low &lt; v(x[j]) &lt; high, else 0
/// first    += sum over j of g[j],  second += sum over j of g[j] (x[j] - mean)
/// </code>
/// for each channel. With stride 1, p(t, j) = j + 2 - t from where the gradients begin. With stride 2 half of the taps reach nothing: where j + <see cref="Left"/> is even p(0, j) = (j + Left) / 2 + 1 and p(2, j) one less, where it
/// is odd p(1, j) = (j + Left + 1) / 2. The gradients are planes, one for each vector of channels; the input and its gradient are rows as plans keep them.
/// </summary>
internal unsafe struct DepthwiseBackwardCall
{
    /// <summary>1 or 2.</summary>
    public int Stride;

    /// <summary>The columns of zeros in front of the input; with stride 2.</summary>
    public int Left;

    /// <summary>The first tap of the two that reach an output from this row with stride 2, 0, or the one that does, 1.</summary>
    public int Tap;

    /// <summary>The columns of the input.</summary>
    public int Width;

    /// <summary>The channels, whole vectors of them.</summary>
    public int Channels;

    /// <summary>The gradients that the first tap reaches; with stride 2 the first that reaches any.</summary>
    public float* First;

    /// <summary>Those that the second tap reaches; with stride 2 the third, where the first does.</summary>
    public float* Second;

    /// <summary>Those that the third tap reaches; with stride 1.</summary>
    public float* Third;

    /// <summary>From one plane to the next, for each of the three; 0 for zeros.</summary>
    public nint FirstPlane, SecondPlane, ThirdPlane;

    /// <summary>The input as it is kept.</summary>
    public StoredRows X;

    /// <summary>Receives the gradient of the input.</summary>
    public StoredRows Target;

    /// <summary>Whether past the caches.</summary>
    public bool StoresNonTemporal;

    /// <summary>The taps <c>[9, channels]</c>.</summary>
    public float* Weights;

    /// <summary>The gradient of the taps <c>[9, channels]</c>, added to.</summary>
    public float* Dw;

    /// <summary>The normalization's scale.</summary>
    public float* Scale;

    /// <summary>The normalization's shift.</summary>
    public float* Shift;

    /// <summary>What the second sum is about.</summary>
    public float* Mean;

    /// <summary>The activation.</summary>
    public Clamp Clamp;

    /// <summary>The first sum of each channel.</summary>
    public double* FirstSums;

    /// <summary>The second sum of each channel.</summary>
    public double* SecondSums;

    /// <summary>What to fetch meanwhile.</summary>
    public Prefetch Fetch;
}

/// <summary>Computes a <see cref="DepthwiseBackwardCall"/>: the taps, their gradients and what the norm needs stay in 32 registers; the rows are written out from a template.</summary>
internal static unsafe partial class DepthwiseBackwardKernel
{
    /// <summary>Whether this machine has the registers.</summary>
    public static bool IsFast => SimdWidth.Lanes == 16;

    /// <summary>The formula, of float32.</summary>
    public static void Reference(in DepthwiseBackwardCall call, int lanes)
    {
        for (int c = 0; c < call.Channels; c++)
        {
            for (int j = 0; j < call.Width; j++)
            {
                float x = call.X.Column<float>(c)[j * call.X.RowStride];
                double v = ((double)call.Scale[c] * x) + call.Shift[c], a = Math.Min(Math.Max(v, call.Clamp.Low), call.Clamp.High), g = 0;
                for (int u = 0; u < 3; u++)
                {
                    // Which of the three rows of gradients, if any.
                    int row = call.Stride == 1 ? u : call.Tap == 1 ? (u == 1 ? 0 : -1) : u == 1 ? -1 : u / 2;
                    if (row < 0) continue;
                    float* plane = row == 0 ? call.First + (c / lanes * call.FirstPlane) : row == 1 ? call.Second + (c / lanes * call.SecondPlane) : call.Third + (c / lanes * call.ThirdPlane);
                    for (int t = 0; t < 3; t++)
                    {
                        if (call.Stride == 2 && (j + call.Left - t) % 2 != 0) continue;
                        int p = call.Stride == 1 ? j + 2 - t : ((j + call.Left - t) / 2) + 1;
                        double d = plane[(p * lanes) + (c % lanes)];
                        call.Dw[(((3 * u) + t) * call.Channels) + c] += (float)(a * d);
                        g += call.Weights[(((3 * u) + t) * call.Channels) + c] * d;
                    }
                }

                if (!(v > call.Clamp.Low && v < call.Clamp.High)) g = 0;
                call.Target.Column<float>(c)[j * call.Target.RowStride] = (float)g;
                call.FirstSums[c] += g;
                call.SecondSums[c] += g * ((double)x - call.Mean[c]);
            }
        }
    }

    /// <summary>The vector path.</summary>
    public static void Run(in DepthwiseBackwardCall call)
    {
        if (call.X.Type == ElementType.BFloat16) Run<BFloat16, No>(call);
        else if (call.StoresNonTemporal) Run<float, Yes>(call);
        else Run<float, No>(call);
        if (call.StoresNonTemporal) NonTemporal.Fence();
    }

    [Dispatch]
    private static partial void Run<TStored, TAround>(in DepthwiseBackwardCall call)
        where TStored : unmanaged
        where TAround : struct, IFlag;
}

/// <summary>The rows of <see cref="DepthwiseBackwardKernel"/> for one vector width.</summary>
internal static unsafe partial class DepthwiseBackwardKernel<TSimd, TVector, TStored, TAround>
    where TSimd : struct, ISimd<TVector, float>
    where TVector : struct
    where TStored : unmanaged
    where TAround : struct, IFlag
{
    /// <summary>Computes a row.</summary>
    public static void Run(in DepthwiseBackwardCall call)
    {
        if (call.Stride == 1) Rows3(call);
        else if (call.Tap == 1) Rows1(call);
        else Rows2(call);
    }
}
