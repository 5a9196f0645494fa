using System.Collections.Immutable;
using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Tensors;

namespace Graft.Plans;

/// <summary>
/// A training kernel that works on blocks: a few rows of pixels at a time where each pixel of the output follows from the same pixel of the inputs, else an image at a time. What inputs are read through
/// is applied before, and gradients are handed on after: an operation says what it computes for a block, and what the gradient of each input is.
/// </summary>
internal abstract unsafe class BlockKernel : TrainingKernel
{
    private const int BlockFloats = 1 << 14;

    private readonly ImmutableArray<Tensor?> trained;
    private readonly int block, scratchFloats;
    private readonly bool isLocal;

    /// <summary>Makes a kernel.</summary>
    /// <param name="node">The node.</param>
    /// <param name="isLocal">Whether each pixel of the output follows from the same pixel of the inputs.</param>
    /// <param name="trained">The gradients of its weights, null for those that are not trained.</param>
    protected BlockKernel(TrainingNode node, bool isLocal, params ImmutableArray<Tensor?> trained)
        : this(node.Inputs, node.Output, isLocal, trained)
    {
    }

    /// <summary>Makes a kernel that belongs to no node.</summary>
    protected BlockKernel(ImmutableArray<InputUse> inputs, ActivationBuffer output, bool isLocal, params ImmutableArray<Tensor?> trained)
        : base(inputs, output)
    {
        (this.isLocal, this.trained) = (isLocal, trained);
        block = isLocal ? Math.Clamp(BlockFloats / Math.Max(1, Output.Channels), 1, Output.Pixels) : Output.Pixels;
        scratchFloats = Inputs.Sum(Floats) + Inputs.Max(Floats) + Align(block * Output.Channels);
    }

    /// <inheritdoc/>
    public override bool TakesNarrow => true;

    /// <inheritdoc/>
    public sealed override int ScratchFloats => scratchFloats;

    /// <inheritdoc/>
    public sealed override int PartFloats => trained.Sum(gradient => gradient is null ? 0 : Align(gradient.Span.Length));

    /// <inheritdoc/>
    public sealed override int ReduceChunks => PartFloats > 0 ? 1 : 0;

    /// <inheritdoc/>
    public sealed override void Forward(in Work work)
    {
        float** x = stackalloc float*[Inputs.Length];
        (int first, int end) = Images(work);
        for (int image = first; image < end; image++)
        {
            for (int pixel = 0; pixel < Output.Pixels; pixel += block)
            {
                Block part = BlockAt(work, image, pixel);
                Read(part, work.Memory, x);
                float* y = Output.IsKeptAside ? work.Memory + Inputs.Sum(Floats) + Inputs.Max(Floats) : Output.Data + part.Start;
                Forward(part, x, y);
                if (Output.IsKeptAside) Output.Keep(work.Part, part.Row, part.Rows, new StridedRows(y, Output.Channels));
                else Output.Sum(work.Part, part.Row, part.Rows);
            }
        }
    }

    /// <inheritdoc/>
    public sealed override void Backward(in Work work)
    {
        float** x = stackalloc float*[Inputs.Length];
        float* dx = work.Memory + Inputs.Sum(Floats), scratch = dx + Inputs.Max(Floats), sums = work.Sums + (work.Part * (nint)PartFloats);
        if (PartFloats > 0) new Span<float>(sums, PartFloats).Clear();
        (int first, int end) = Images(work);
        for (int image = first; image < end; image++)
        {
            for (int pixel = 0; pixel < Output.Pixels; pixel += block)
            {
                Block part = BlockAt(work, image, pixel);
                float* dy = Output.Gradient + part.Start;
                if (!Output.HasPlainGradient) Output.LoadGradient(part.Row, part.Rows, new StridedRows(dy = scratch, Output.Channels));
                if (ReadsInputs) Read(part, work.Memory, x);
                if (PartFloats > 0) BackwardWeights(part, x, dy, sums);
                for (int input = 0; input < Inputs.Length; input++)
                {
                    InputUse use = Inputs[input];
                    if (!use.Buffer.NeedsGradient) continue;
                    float* gradient = Backward(part, input, x, dy, dx);
                    (int row, int rows) = RowsOf(use.Buffer, part);
                    use.AccumulateGradient(work.Part, row, rows, new StridedRows(gradient, use.Buffer.Channels));
                }
            }
        }
    }

    /// <inheritdoc/>
    public sealed override void Reduce(int chunk, int parts, float* partials)
    {
        foreach (Tensor? gradient in trained)
        {
            if (gradient is null) continue;
            Span<float> target = gradient.Span;
            for (int i = 0; i < target.Length; i++) target[i] += PartialSumKernel.Sum(partials + i, PartFloats, parts);
            partials += Align(target.Length);
        }
    }

    /// <summary>Whether the backward looks at the inputs.</summary>
    protected virtual bool ReadsInputs => true;

    /// <summary>Computes a block.</summary>
    /// <param name="block">Which.</param>
    /// <param name="x">The inputs' blocks.</param>
    /// <param name="y">Receives the output's.</param>
    protected abstract void Forward(in Block block, float** x, float* y);

    /// <summary>The gradient of an input.</summary>
    /// <param name="block">Which block.</param>
    /// <param name="input">Which input.</param>
    /// <param name="x">The inputs' blocks, if <see cref="ReadsInputs"/>.</param>
    /// <param name="dy">The gradient of the output's block.</param>
    /// <param name="dx">Room for the gradient.</param>
    /// <returns>Where it is: there, or <paramref name="dy"/> where it is the output's.</returns>
    protected abstract float* Backward(in Block block, int input, float** x, float* dy, float* dx);

    /// <summary>Adds to the gradients of the weights, which lie one after the other from multiples of 16.</summary>
    /// <param name="block">Which block.</param>
    /// <param name="x">The inputs' blocks, if <see cref="ReadsInputs"/>.</param>
    /// <param name="dy">The gradient of the output's block.</param>
    /// <param name="sums">Where they are added up.</param>
    protected virtual void BackwardWeights(in Block block, float** x, float* dy, float* sums)
    {
    }

    private int Floats(InputUse use) => Align((isLocal ? Math.Min(block, use.Buffer.Pixels) : use.Buffer.Pixels) * use.Buffer.Channels);

    private Block BlockAt(in Work work, int image, int pixel) => new(work.Seed, work.Step, (image * Output.Pixels) + pixel, Math.Min(block, Output.Pixels - pixel), Output.Channels);

    private (int Row, int Rows) RowsOf(ActivationBuffer buffer, in Block part) => isLocal ? (part.Row, part.Rows) : (part.Row / Output.Pixels * buffer.Pixels, buffer.Pixels);

    private void Read(in Block part, float* scratch, float** x)
    {
        for (int i = 0; i < Inputs.Length; i++)
        {
            ActivationBuffer buffer = Inputs[i].Buffer;
            (int row, int rows) = RowsOf(buffer, part);
            if (buffer.IsPlain) x[i] = buffer.Data + ((nint)row * buffer.Channels);
            else buffer.Load(row, rows, new StridedRows(x[i] = scratch, buffer.Channels));
            scratch += Floats(Inputs[i]);
        }
    }
}

/// <summary>A block of a step's output.</summary>
/// <param name="Seed">The seed of the training's random choices.</param>
/// <param name="Step">The step of the training.</param>
/// <param name="Row">The first row, of all images.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Channels">The channels of a row.</param>
internal readonly record struct Block(ulong Seed, ulong Step, int Row, int Rows, int Channels)
{
    /// <summary>Its numbers.</summary>
    public int Count => Rows * Channels;

    /// <summary>The place of its first number in the batch.</summary>
    public nint Start => (nint)Row * Channels;
}
