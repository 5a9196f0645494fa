using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>The gradient of a bias: the sum of the output's gradient, each part's in memory of its own.</summary>
/// <param name="trained">The bias; null where it is not trained, and nothing is done.</param>
/// <param name="outputs">The number of outputs.</param>
/// <param name="parts">The most parts.</param>
internal sealed unsafe class BiasSum(Tensor? trained, int outputs, int parts)
{
    // The kernel sums squares, too.
    private readonly double[] sums = trained is null ? [] : GC.AllocateArray<double>(2 * parts * outputs, pinned: true);
    private readonly Tensor zeros = new([outputs]);

    /// <summary>Begins a part.</summary>
    public void Clear(int part)
    {
        if (trained is not null) sums.AsSpan(2 * part * outputs, 2 * outputs).Clear();
    }

    /// <summary>Adds rows of the output's gradient.</summary>
    public void Add(int part, int rows, StridedRows dy)
    {
        if (trained is null) return;
        fixed (double* place = &sums[2 * part * outputs]) MomentsKernel.Run(rows, outputs, dy, zeros.Pointer, place, place + outputs);
    }

    /// <summary>Adds what the parts added up to the gradient.</summary>
    public void Reduce(int parts)
    {
        if (trained is null) return;
        Span<float> gradient = trained.Span;
        fixed (double* first = sums)
            for (int o = 0; o < gradient.Length; o++) gradient[o] += (float)PartialSumKernel.Sum(first + o, 2 * outputs, parts);
    }
}
