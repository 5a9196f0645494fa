using Graft.Numerics;

namespace Graft.Kernels.Elementwise;

/// <summary>
/// Dropout (Srivastava et al., JMLR 15, 2014; inverted, so that inference does nothing): y = x keep / (1 - rate), where keep is 0 with probability rate, else 1.
/// Backward, dx = dy keep / (1 - rate): the same call on the gradient.
/// </summary>
/// <remarks>What is kept depends on (seed, step, node, element) alone: parts may be computed in any order on any thread.</remarks>
internal static unsafe class DropoutKernel
{
    private const int Words = 4;

    /// <summary>Whether an element is kept: where its 32 random bits, as a fraction of 2^32, are at least the rate.</summary>
    /// <param name="rate">The part of the elements set to zero, in [0, 1).</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="step">The number of the step.</param>
    /// <param name="node">The number of the node in its graph.</param>
    /// <param name="element">The element's index in its tensor.</param>
    public static bool Keeps(float rate, ulong seed, ulong step, ulong node, long element)
    {
        (uint x0, uint x1, uint x2, uint x3) = Generator(seed, step, node).Block((ulong)(element / Words));
        uint bits = (element % Words) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
        return bits >= Threshold(rate);
    }

    /// <summary>The kernel: four elements for each block of random bits.</summary>
    /// <param name="rate">The part of the elements set to zero, in [0, 1).</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="step">The number of the step.</param>
    /// <param name="node">The number of the node in its graph.</param>
    /// <param name="firstElement">The index in the whole tensor of this part's first element.</param>
    /// <param name="count">The number of elements of this part.</param>
    /// <param name="x">The input, from <paramref name="firstElement"/> on.</param>
    /// <param name="y">The output; it may be <paramref name="x"/>.</param>
    public static void Run(float rate, ulong seed, ulong step, ulong node, long firstElement, int count, float* x, float* y)
    {
        Philox random = Generator(seed, step, node);
        uint threshold = Threshold(rate);
        float scale = 1 / (1 - rate);
        uint* words = stackalloc uint[Words];
        int word = (int)(firstElement % Words);
        ulong block = (ulong)(firstElement / Words);
        for (int i = 0; i < count; block++, word = 0)
        {
            (words[0], words[1], words[2], words[3]) = random.Block(block);
            for (; word < Words && i < count; word++, i++) y[i] = words[word] >= threshold ? x[i] * scale : 0;
        }
    }

    // The step is encrypted under (seed, node) into a key and a stream: four numbers do not fit beside a counter otherwise.
    private static Philox Generator(ulong seed, ulong step, ulong node)
    {
        (uint x0, uint x1, uint x2, uint x3) = new Philox(seed, node).Block(step);
        return new Philox(x0 | ((ulong)x1 << 32), x2 | ((ulong)x3 << 32));
    }

    private static uint Threshold(float rate) => (uint)(rate * 4294967296.0);
}
