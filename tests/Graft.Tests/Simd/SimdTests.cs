using System.Numerics;
using System.Runtime.Intrinsics;
using Graft.Simd;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Simd;

/// <summary>Every operation of every width and number type against the same in plain words (<see cref="Simd1{T}"/>).</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class SimdTests
{
    private delegate TVector Unary<TVector>(TVector a);

    private delegate TVector Binary<TVector>(TVector a, TVector b);

    private delegate TVector Ternary<TVector>(TVector a, TVector b, TVector c);

    [Fact]
    public void Float32LanesComputeWhatOneLaneDoes()
    {
        All<Simd512<float>, Vector512<float>, float>();
        All<Simd256<float>, Vector256<float>, float>();
        All<Simd128<float>, Vector128<float>, float>();
    }

    [Fact]
    public void Float64LanesComputeWhatOneLaneDoes()
    {
        All<Simd512<double>, Vector512<double>, double>();
        All<Simd256<double>, Vector256<double>, double>();
        All<Simd128<double>, Vector128<double>, double>();
    }

    [Fact]
    public void WholeNumbersAreComputedLaneByLane()
    {
        Arithmetic<Simd512<int>, Vector512<int>, int>(7);
        Arithmetic<Simd256<int>, Vector256<int>, int>(7);
        Arithmetic<Simd128<int>, Vector128<int>, int>(7);
        Assert.Equal(35, Simd1<int>.MultiplyAdd(4, 8, 3));
    }

    [Fact]
    public void Float32AndUpperHalvesAreWidened()
    {
        Widened<Simd512<double>, Vector512<double>>();
        Widened<Simd256<double>, Vector256<double>>();
        Widened<Simd128<double>, Vector128<double>>();
    }

    [Fact]
    public void UpperHalvesOfPairsAreToldApart()
    {
        Halves<Simd512<double>, Vector512<double>>();
        Halves<Simd256<double>, Vector256<double>>();
        Halves<Simd128<double>, Vector128<double>>();
    }

    [Fact]
    public void PowersOfTwoHaveExactExponents()
    {
        for (int n = -126; n <= 127; n++)
        {
            Assert.Equal(MathF.ScaleB(1, n), Lane<Simd512<float>, Vector512<float>, float>(Simd512<float>.PowerOfTwo(Simd512<float>.Broadcast(ExponentBits.RounderSingle + n))));
            Assert.Equal(MathF.ScaleB(1, n), Lane<Simd128<float>, Vector128<float>, float>(Simd128<float>.PowerOfTwo(Simd128<float>.Broadcast(ExponentBits.RounderSingle + n))));
            Assert.Equal(MathF.ScaleB(1, n), Simd1<float>.PowerOfTwo(ExponentBits.RounderSingle + n));
        }

        foreach (int n in (int[])[-1022, -1, 0, 1, 52, 1023])
        {
            Assert.Equal(Math.ScaleB(1, n), Lane<Simd256<double>, Vector256<double>, double>(Simd256<double>.PowerOfTwo(Simd256<double>.Broadcast(ExponentBits.RounderDouble + n))));
            Assert.Equal(Math.ScaleB(1, n), Simd1<double>.PowerOfTwo(ExponentBits.RounderDouble + n));
        }
    }

    [Theory]
    [InlineData(1.5f, 127)]
    [InlineData(1.99f, -149)]
    [InlineData(0.75f, 128)]
    [InlineData(-1.25f, 3)]
    [InlineData(1f, -151)]
    public void ScalingReachesSubnormalNumbersAndTheLargest(float value, int n)
    {
        float expected = MathF.ScaleB(value, n), shifted = ExponentBits.RounderSingle + n;
        Assert.Equal(expected, Simd1<float>.Scale(value, shifted));
        Assert.Equal(expected, Lane<Simd512<float>, Vector512<float>, float>(Simd512<float>.Scale(Simd512<float>.Broadcast(value), Simd512<float>.Broadcast(shifted))));
        Assert.Equal(expected, Lane<Simd256<float>, Vector256<float>, float>(Simd256<float>.Scale(Simd256<float>.Broadcast(value), Simd256<float>.Broadcast(shifted))));
        Assert.Equal(expected, Lane<Simd128<float>, Vector128<float>, float>(Simd128<float>.Scale(Simd128<float>.Broadcast(value), Simd128<float>.Broadcast(shifted))));
    }

    private static void All<TSimd, TVector, T>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, INumber<T>
    {
        Arithmetic<TSimd, TVector, T>(1);
        int lanes = TSimd.Lanes;
        T[] a = Numbers<T>(lanes, 1), b = Numbers<T>(lanes, 2), c = Numbers<T>(lanes, 3), d = Numbers<T>(lanes, 4);
        T nan = T.CreateChecked(double.NaN);
        (a[0], b[1]) = (nan, nan);
        Assert.Equal(Each(i => Simd1<T>.CopySign(a[i], b[i])), Run<TSimd, TVector, T>((x, y) => TSimd.CopySign(x, y), a, b));
        Assert.Equal(Each(i => Simd1<T>.Sqrt(T.Abs(c[i]))), Run<TSimd, TVector, T>(x => TSimd.Sqrt(TSimd.Abs(x)), c));

        // What is not a number decides which one is given: the second.
        Assert.Equal(Each(i => Simd1<T>.Min(a[i], b[i])), Run<TSimd, TVector, T>((x, y) => TSimd.Min(x, y), a, b));
        Assert.Equal(Each(i => Simd1<T>.Max(a[i], b[i])), Run<TSimd, TVector, T>((x, y) => TSimd.Max(x, y), a, b));
        Assert.Equal(b[0], Simd1<T>.Min(nan, b[0]));
        Assert.Equal(Each(i => Simd1<T>.SelectGreater(a[i], b[i], c[i], d[i])), Run<TSimd, TVector, T>((x, y, z) => TSimd.SelectGreater(x, y, z, Load<TSimd, TVector, T>(d)), a, b, c));
        Assert.Equal(Each(i => Simd1<T>.Inside(a[i], T.CreateChecked(-0.5), T.CreateChecked(0.25), c[i])), Run<TSimd, TVector, T>((x, y) => TSimd.Inside(x, TSimd.Constant(-0.5), TSimd.Constant(0.25), y), a, c));

        double[] sums = [.. Enumerable.Range(0, lanes).Select(i => 0.5 * i)], expected = [.. sums.Select((sum, i) => sum + double.CreateChecked(c[i]))];
        fixed (double* target = sums) TSimd.AddTo(Load<TSimd, TVector, T>(c), target);
        Assert.Equal(expected, sums);

        // One number more, which must stay.
        float[] narrowed = [.. Enumerable.Repeat(-7f, lanes + 1)];
        fixed (float* target = narrowed) TSimd.StoreNarrowed(Load<TSimd, TVector, T>(c), target);
        Assert.Equal([.. c.Select(value => float.CreateTruncating(value)), -7f], narrowed);

        T[] Each(Func<int, T> one) => [.. Enumerable.Range(0, lanes).Select(one)];
    }

    private static void Arithmetic<TSimd, TVector, T>(int scale)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, INumber<T>
    {
        int lanes = TSimd.Lanes;
        T[] a = Numbers<T>(lanes, 1, scale), b = Numbers<T>(lanes, 2, scale), c = Numbers<T>(lanes, 3, scale);
        Assert.Equal(Each(i => a[i] + b[i]), Run<TSimd, TVector, T>((x, y) => TSimd.Add(x, y), a, b));
        Assert.Equal(Each(i => a[i] - b[i]), Run<TSimd, TVector, T>((x, y) => TSimd.Subtract(x, y), a, b));
        Assert.Equal(Each(i => a[i] * b[i]), Run<TSimd, TVector, T>((x, y) => TSimd.Multiply(x, y), a, b));
        T[] divisors = Each(i => b[i] == T.Zero ? T.One : b[i]);
        Assert.Equal(Each(i => a[i] / divisors[i]), Run<TSimd, TVector, T>((x, y) => TSimd.Divide(x, y), a, divisors));
        Assert.Equal(Each(i => T.Abs(a[i])), Run<TSimd, TVector, T>(x => TSimd.Abs(x), a));
        Assert.Equal(Each(i => T.Min(a[i], b[i])), Run<TSimd, TVector, T>((x, y) => TSimd.Min(x, y), a, b));

        // Fused or not: within a rounding.
        T[] fused = Run<TSimd, TVector, T>((x, y, z) => TSimd.MultiplyAdd(x, y, z), a, b, c);
        for (int i = 0; i < lanes; i++) Assert.Equal(double.CreateChecked((a[i] * b[i]) + c[i]), double.CreateChecked(fused[i]), 1e-6 * scale * scale);
        Assert.Equal(a.Sum(x => double.CreateChecked(x)), double.CreateChecked(TSimd.Sum(Load<TSimd, TVector, T>(a))), 1e-5);
        Assert.Equal(Each(_ => T.CreateChecked(3)), Run<TSimd, TVector, T>(x => TSimd.Constant(3), a));
        Assert.Equal(Each(_ => a[1]), Run<TSimd, TVector, T>(x => TSimd.Broadcast(a[1]), a));
        Assert.Equal(Each(_ => T.Zero), Run<TSimd, TVector, T>(x => TSimd.Zero, a));

        int[] places = [.. Enumerable.Range(0, lanes).Select(i => 5 * i % lanes)];
        T[] gathered = new T[lanes];
        fixed (T* source = a, target = gathered)
        fixed (int* from = places)
        {
            TSimd.Store(TSimd.Gather(source, from), target);
            Assert.Equal(Each(i => a[places[i]]), gathered);
            TSimd.Store(TSimd.BroadcastFrom(source + 1), target);
            Assert.Equal(Each(_ => a[1]), gathered);
        }

        T[] Each(Func<int, T> one) => [.. Enumerable.Range(0, lanes).Select(one)];
    }

    private static void Widened<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct
    {
        float[] narrow = Uniform(TSimd.Lanes, 5);
        UpperHalf[] halves = [.. narrow.Select(x => UpperHalf.Of(UpperHalf.Round(x)))];
        double[] wide = new double[TSimd.Lanes];
        fixed (float* source = narrow)
        fixed (UpperHalf* half = halves)
        fixed (double* target = wide)
        {
            TSimd.Store(TSimd.LoadWidened(source), target);
            Assert.Equal(narrow.Select(x => (double)x), wide);
            Assert.Equal(wide[0], Simd1<double>.LoadWidened(source));
            TSimd.Store(TSimd.LoadWidened(half), target);
            Assert.Equal(narrow.Select(x => UpperHalf.Round(x)), wide);
            Assert.Equal(wide[0], Simd1<double>.LoadWidened(half));
            TSimd.Store(TSimd.LoadWidened(target), target);
            Assert.Equal(narrow.Select(x => UpperHalf.Round(x)), wide);
        }
    }

    private static void Halves<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct
    {
        double low = UpperHalf.Round(1.7), high = UpperHalf.Round(-0.3);
        double pair = BitConverter.UInt64BitsToDouble((ulong)UpperHalf.Of(low).Bits | ((ulong)UpperHalf.Of(high).Bits << 32));
        Assert.Equal((low, high), (Lane<TSimd, TVector, double>(TSimd.FromLowerHalves(TSimd.Broadcast(pair))), Lane<TSimd, TVector, double>(TSimd.FromUpperHalves(TSimd.Broadcast(pair)))));
        Assert.Equal((low, high), (Simd1<double>.FromLowerHalves(pair), Simd1<double>.FromUpperHalves(pair)));
    }

    private static T[] Numbers<T>(int count, uint seed, int scale = 1)
        where T : unmanaged, INumber<T> => [.. Uniform(count, seed, scale).Select(value => T.CreateTruncating(value))];

    private static TVector Load<TSimd, TVector, T>(T[] values)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        fixed (T* source = values) return TSimd.Load(source);
    }

    private static T[] Store<TSimd, TVector, T>(TVector value)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        T[] values = new T[TSimd.Lanes];
        fixed (T* target = values) TSimd.Store(value, target);
        return values;
    }

    // All lanes are alike.
    private static T Lane<TSimd, TVector, T>(TVector value)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged => Assert.Single(Store<TSimd, TVector, T>(value).Distinct());

    private static T[] Run<TSimd, TVector, T>(Unary<TVector> work, T[] a)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged => Store<TSimd, TVector, T>(work(Load<TSimd, TVector, T>(a)));

    private static T[] Run<TSimd, TVector, T>(Binary<TVector> work, T[] a, T[] b)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged => Store<TSimd, TVector, T>(work(Load<TSimd, TVector, T>(a), Load<TSimd, TVector, T>(b)));

    private static T[] Run<TSimd, TVector, T>(Ternary<TVector> work, T[] a, T[] b, T[] c)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged => Store<TSimd, TVector, T>(work(Load<TSimd, TVector, T>(a), Load<TSimd, TVector, T>(b), Load<TSimd, TVector, T>(c)));
}
