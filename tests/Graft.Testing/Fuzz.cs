using System.Globalization;
using System.Runtime.CompilerServices;
using Graft.Formats;

namespace Graft.Testing;

/// <summary>
/// Damaged files give a <see cref="WeightFileException"/> or a model, and take memory in proportion to the file. The environment variable <c>GRAFT_FUZZ</c> sets the number of inputs for each format.
/// </summary>
public static class Fuzz
{
    private const int BytesPerByte = 64;
    private const int BytesFor = 1 << 20;
    private const int UsualInputs = 5000;

    /// <summary>Reads one damaged file after the other.</summary>
    /// <param name="make">Makes a file, which is called "x": its size, and what reads it.</param>
    /// <param name="report">Takes what was measured.</param>
    /// <param name="usual">How many inputs there are where the variable does not say it.</param>
    /// <param name="what">What is read.</param>
    public static void Run(Func<Mutator, (long Size, Action Read)> make, Action<string> report, int usual = UsualInputs, [CallerMemberName] string what = "")
    {
        int inputs = Environment.GetEnvironmentVariable("GRAFT_FUZZ") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : usual, refused = 0;
        double worst = 0;
        TimeSpan slowest = default;
        for (int seed = 0; seed < inputs; seed++)
        {
            (long size, Action read) = make(new Mutator(seed));
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = TimeProvider.System.GetTimestamp();
            try
            {
                read();
            }
            catch (WeightFileException e)
            {
                Assert.StartsWith("x", e.Message);
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"{what}, seed {seed}: {e}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            TimeSpan taken = TimeProvider.System.GetElapsedTime(start);
            if (taken > slowest) slowest = taken;
            if (size >= 256) worst = Math.Max(worst, (double)allocated / size);
            Assert.True(allocated <= (BytesPerByte * size) + BytesFor, $"{what}, seed {seed}: {allocated} bytes were allocated for a file of {size}.");
        }

        report($"{what}: {inputs} inputs, {refused} refused, at most {worst:0.0} bytes allocated for a byte of the file, slowest {slowest.TotalMilliseconds:0.0} ms.");

        // Neither all good nor all bad: the damage reaches behind the first check.
        Assert.InRange(refused, 0.1 * inputs, 0.999 * inputs);
    }
}
