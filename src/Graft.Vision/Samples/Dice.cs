using Graft.Numerics;

namespace Graft.Vision.Samples;

/// <summary>A sequence of random decisions for one image: each call takes the next counter of one Philox stream.</summary>
internal sealed class Dice(ulong seed, ulong stream)
{
    private readonly Philox philox = new(seed, stream);
    private ulong counter;

    public float Next() => (float)philox.Uniform(counter++);

    public float Range(float low, float high) => low + ((high - low) * Next());

    public float Normal(float mean, float deviation) => mean + (deviation * (float)philox.Normal(counter++));

    public int Int(int low, int high) => low + philox.Index(counter++, high - low + 1);

    public bool Chance(float probability) => Next() < probability;

    public float Sign() => Chance(0.5f) ? 1 : -1;

    public T Pick<T>(params ReadOnlySpan<T> items) => items[Int(0, items.Length - 1)];

    /// <summary>The index of an item drawn with a probability in proportion to its weight.</summary>
    public int Weighted(ReadOnlySpan<float> weights)
    {
        float sum = 0;
        foreach (float weight in weights) sum += weight;
        float left = Next() * sum;
        for (int i = 0; i < weights.Length - 1; i++)
        {
            left -= weights[i];
            if (left < 0) return i;
        }

        return weights.Length - 1;
    }
}
