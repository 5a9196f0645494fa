using Graft.Numerics;

namespace Graft.Vision.Augmentation;

/// <summary>Random numbers one after the other for one image or batch of one epoch. They depend on the seed, the purpose, the epoch and the index alone.</summary>
internal struct RandomStream(ulong seed, RandomStream.Purpose purpose, int epoch, int index)
{
    private readonly Philox philox = new(seed, ((ulong)(uint)epoch << 32) | (uint)index);

    // Each purpose counts from a place of its own, far from what else is drawn under the same seed.
    private ulong counter = (ulong)purpose << 32;

    /// <summary>What is drawn.</summary>
    public enum Purpose : uint
    {
        Order = 0x4F52_4445,
        Image = 0x5049_4354,
        Batch = 0x4241_5443,
        Appearance = 0x4150_5052,
    }

    /// <summary>Numbers of their own, for what counts by itself.</summary>
    public Philox Fork() => new(philox.Bits(counter++), 0);

    public double Uniform() => philox.Uniform(counter++);

    public double Uniform(Interval interval) => interval.Low + ((interval.High - interval.Low) * Uniform());

    public double LogUniform(Interval interval) => Math.Exp(Uniform(new Interval(Math.Log(interval.Low), Math.Log(interval.High))));

    public bool Chance(double probability) => Uniform() < probability;

    public int Index(int bound) => philox.Index(counter++, bound);

    public double Normal() => philox.Normal(counter++);

    public double Beta(double a, double b)
    {
        double x = Gamma(a), y = Gamma(b);

        // Both may underflow under a tiny shape: the distribution is then one of two points.
        return x + y > 0 ? x / (x + y) : Chance(a / (a + b)) ? 1 : 0;
    }

    public void Shuffle(Span<int> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Index(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    // Marsaglia and Tsang, "A simple method for generating gamma variables", 2000; shapes below 1 as in its section 6.
    private double Gamma(double shape)
    {
        if (shape < 1) return Gamma(shape + 1) * Math.Pow(1 - Uniform(), 1 / shape);
        double d = shape - (1 / 3.0), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = Normal(), v = 1 + (c * x);
            if (v <= 0) continue;
            v = v * v * v;
            if (Math.Log(1 - Uniform()) < (x * x / 2) + (d * (1 - v + Math.Log(v)))) return d * v;
        }
    }
}
