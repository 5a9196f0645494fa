using Graft.Kernels.Elementwise;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>
/// How the parts of a batch add up the gradient of a convolution's weights: each in memory of its own, <c>[outputs, taps, inputs]</c>, which for a 1x1 kernel is how the gradient itself lies, so that what they have is added
/// to it line by line.
/// </summary>
/// <param name="gradient">The gradient <c>[outputs, inputs, taps]</c>, or null where it is not wanted.</param>
/// <param name="outputs">The outputs, of all groups.</param>
/// <param name="inputs">The inputs of a group.</param>
/// <param name="taps">The taps of a window.</param>
internal sealed unsafe class WeightSums(Tensor? gradient, int outputs, int inputs, int taps)
{
    // What all parts may take, within limits: it is written and read once more. And what is added up at a time, of one tap and of all.
    private const int AllFloats = 1 << 19, LeastParts = 4, RowsPerPart = 112, ChunkFloats = 1 << 13, Block = 64;

    private readonly int depth = taps * inputs, rows = Math.Max(1, ChunkFloats / (taps * inputs));

    /// <summary>From the sums of one output to those of the next: room for whole vectors.</summary>
    public int Pitch { get; } = TrainingKernel.Align(taps * inputs);

    /// <summary>The numbers of a part.</summary>
    public int Floats => gradient is null ? 0 : checked(outputs * Pitch);

    /// <summary>Into how many pieces <see cref="Reduce"/> is cut.</summary>
    public int Chunks => gradient is null ? 0 : (outputs + rows - 1) / rows;

    /// <summary>Into how many parts a batch is cut.</summary>
    /// <param name="images">The images.</param>
    /// <param name="pixels">The rows of the product of an image.</param>
    public int Parts(int images, int pixels)
    {
        int most = Math.Clamp(AllFloats / checked(outputs * Pitch), LeastParts, Division.MostParts);
        return Division.Parts(images, (int)Math.Clamp((long)images * pixels / RowsPerPart, LeastParts, most));
    }

    /// <summary>Where the sums of a part lie.</summary>
    public float* Of(in Work work) => work.Sums + (work.Part * (nint)Floats);

    /// <summary>Adds what the parts have to the gradient, for some outputs.</summary>
    public void Reduce(int chunk, int parts, float* partials)
    {
        if (gradient is null) return;
        int first = chunk * rows, count = Math.Min(rows, outputs - first);
        float* from = partials + ((nint)first * Pitch), to = gradient.Pointer + ((nint)first * depth);
        if (taps == 1)
        {
            PartialSumKernel.AddRows(count, depth, parts, from, Floats, Pitch, to, depth);
            return;
        }

        // [taps, inputs] back to [inputs, taps], a few inputs at a time.
        float* block = stackalloc float[Block];
        for (int output = 0; output < count; output++, from += Pitch, to += depth)
        {
            for (int input = 0; input < inputs; input += Block)
            {
                int some = Math.Min(Block, inputs - input);
                for (int tap = 0; tap < taps; tap++)
                {
                    new Span<float>(block, some).Clear();
                    PartialSumKernel.AddRows(1, some, parts, from + (tap * inputs) + input, Floats, Pitch, block, Block);
                    float* target = to + ((nint)input * taps) + tap;
                    for (nint i = 0; i < some; i++) target[i * taps] += block[i];
                }
            }
        }
    }
}
