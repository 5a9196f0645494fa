using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Inference;

/// <summary>What a session promises: the same bits everywhere, nothing allocated, clear errors.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class InferenceSessionTests
{
    [Theory]
    [InlineData(true, 0.35, 64, false)]
    [InlineData(true, 0.35, 79, true)]
    [InlineData(false, 0.25, 64, true)]
    public void TheBitsDoNotDependOnThreadsBatchOrPlace(bool second, double width, int resolution, bool same)
    {
        Network network = InferencePlanTests.MobileNet(second, width, resolution, same);
        int floats = resolution * resolution * 3;
        float[] images = Uniform(8 * floats, 3, 2), expected = new float[8 * 10], expectedTap = [];
        using (InferenceSession alone = Session(network, 1))
        {
            for (int image = 0; image < 8; image++)
            {
                alone.Run(images.AsSpan(image * floats, floats), 1, expected.AsSpan(image * 10, 10));
                expectedTap = [.. expectedTap, .. alone.Output("stride16")];
            }
        }

        Assert.Equal(8, expected.Chunk(10).Select(logits => logits[0]).Distinct().Count());
        foreach (int threads in (ReadOnlySpan<int>)[1, 2, 4])
        {
            using InferenceSession session = Session(network, threads);
            foreach (int batch in (ReadOnlySpan<int>)[1, 3, 8])
            {
                float[] logits = new float[batch * 10];
                session.Run(images.AsSpan(0, batch * floats), batch, logits);
                Assert.Equal(expected[..(batch * 10)], logits);
                Assert.Equal(expectedTap[..(batch * expectedTap.Length / 8)], session.Output("stride16").ToArray());
            }

            // The other end of the batch, to find values that a place keeps from the call before.
            float[] last = new float[10];
            session.Run(images.AsSpan(7 * floats, floats), 1, last);
            Assert.Equal(expected[70..], last);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 1)]
    [InlineData(2, 4)]
    public void ACallAllocatesNothing(int threads, int batch)
    {
        Network network = InferencePlanTests.MobileNet(second: true, 0.35, 64, same: false);
        using InferenceSession session = Session(network, threads);
        float[] images = Uniform(batch * 64 * 64 * 3, 3), logits = new float[batch * 10];
        for (int i = 0; i < 3; i++) session.Run(images, batch, logits);

        // A collection that another test causes counts the unused rest of this thread's allocation block: what a call allocates shows every time.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 10 && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10; i++)
            {
                session.Run(images, batch, logits);
                session.Output("stride16");
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public async Task SessionsOfOnePlanRunAtTheSameTime()
    {
        Network network = InferencePlanTests.MobileNet(second: true, 0.35, 64, same: false);
        InferencePlan plan = InferencePlan.Compile(network, new InferenceOptions { Threads = 2 });
        float[][] images = [.. Enumerable.Range(0, 4).Select(i => Uniform(64 * 64 * 3, (uint)i + 1))];
        float[][] expected = [.. images.Select(Classify)];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() =>
        {
            for (int round = 0; round < 5; round++) Assert.Equal(expected[i], Classify(images[i]));
        })));

        float[] Classify(float[] image)
        {
            using InferenceSession session = plan.CreateSession();
            float[] logits = new float[10];
            session.Run(image, 1, logits);
            return logits;
        }
    }

    [Fact]
    public void ThePlanKeepsItsOwnCopyOfTheWeights()
    {
        Network network = InferencePlanTests.MobileNet(second: true, 0.35, 64, same: false);
        using InferenceSession session = Session(network, 1);
        float[] image = Uniform(64 * 64 * 3, 1), before = new float[10], after = new float[10];
        session.Run(image, 1, before);
        foreach (Tensor weight in network.Weights.Values) weight.Span.Fill(float.NaN);
        session.Run(image, 1, after);
        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    public void ALongCallCanBeStoppedAndTheSessionGoesOn(int threads, int batch)
    {
        // One step of some seconds, which is cut into pieces that are not.
        GraphBuilder builder = new("long");
        string large = builder.Add("large", new Resize(3000, 3000, ResizeMode.Bilinear), builder.Input("image", 8, 8, 32));
        builder.Output("features", builder.Add("pooled", new GlobalAveragePool(), large));
        InferencePlan plan = InferencePlan.Compile(Network.Random(builder.Build(), 0), new InferenceOptions { Threads = threads });
        Assert.True(plan.Kernels[0].Chunks(0, threads * plan.Kernels[0].Pauses) >= 16);
        using InferenceSession session = plan.CreateSession();
        float[] images = new float[batch * 8 * 8 * 32];
        Array.Fill(images, 3);
        float[] output = new float[batch * 32];
        using CancellationTokenSource stopped = new();
        stopped.Cancel();
        session.Cancellation = stopped.Token;
        Assert.Throws<OperationCanceledException>(() => session.Run(images, batch, output));
        Assert.Throws<OperationCanceledException>(() => session.Run(images, batch));
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(30));
        session.Cancellation = soon.Token;
        Action again = () =>
        {
            while (true) session.Run(images, batch, output);
        };
        Assert.Throws<OperationCanceledException>(again);
        session.Cancellation = CancellationToken.None;
        session.Run(images, batch, output);
        Assert.All(output, value => Assert.Equal(3, value, 1e-4f));
    }

    [Fact]
    public void NetworksOfUsualSizeAreNotCutFurtherThanTheirThreadsNeed()
    {
        Network network = Network.Random(MobileNetV2.Trunk().WithHead(10), 0);
        Assert.All(InferencePlan.Compile(network).Kernels, kernel => Assert.Equal(1, kernel.Pauses));
    }

    [Fact]
    public void ErrorsSayWhatIsWrong()
    {
        Network network = InferencePlanTests.MobileNet(second: true, 0.35, 64, same: false);
        InferencePlan plan = InferencePlan.Compile(network, new InferenceOptions { Threads = 1 });
        InferenceSession session = plan.CreateSession();
        float[] image = new float[64 * 64 * 3], logits = new float[10];

        Assert.Equal(
            "There is no output 'logits' yet: call Run first.",
            Assert.Throws<InferenceException>(() => { session.Output("logits"); }).Message);
        Assert.Equal(
            "A batch holds at least 1 image, not 0.",
            Assert.Throws<InferenceException>(() => session.Run([], 0, logits)).Message);
        Assert.Equal(
            "3 images of [64, 64, 3] (height, width, channels) are 36864 numbers; the span has 12288.",
            Assert.Throws<InferenceException>(() => session.Run(image, 3)).Message);
        Assert.Equal(
            "1 image of [64, 64, 3] (height, width, channels) are 12288 numbers; the span has 12287.",
            Assert.Throws<InferenceException>(() => session.Run(image.AsSpan(1), 1)).Message);
        Assert.Equal(
            "Output 'logits' of 1 image has 10 numbers, [1, 10] for each; the span for it has 9.",
            Assert.Throws<InferenceException>(() => session.Run(image, 1, logits.AsSpan(1))).Message);
        session.Run(image, 1, logits);
        Assert.Equal(
            "The plan of 'mobilenetv2_035' does not compute an output 'stride16'. It computes: logits. Name others in InferenceOptions.Outputs.",
            Assert.Throws<InferenceException>(() => { session.Output("stride16"); }).Message);
        session.Dispose();
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Run(image, 1, logits));
        Assert.Throws<ObjectDisposedException>(() => { session.Output("logits"); });
    }

    [Fact]
    public void APlanRefusesByNameWhatItCannotRun()
    {
        GraphBuilder two = new("twins");
        two.Output("y", two.Add("sum", new Add(), two.Input("a", 4, 4, 3), two.Input("b", 4, 4, 3)));
        Assert.Equal(
            "An inference plan runs networks with one input; 'twins' has 2: a, b.",
            Assert.Throws<InferenceException>(() => InferencePlan.Compile(Network.Random(two.Build(), 1))).Message);

        Network network = InferencePlanTests.MobileNet(second: true, 0.35, 64, same: false);
        Assert.Equal(
            "Network 'mobilenetv2_035' has no output 'stride3'. It has: stride2, stride4, stride8, stride16, stride32, features, logits.",
            Assert.Throws<NetworkException>(() => InferencePlan.Compile(network, new InferenceOptions { Outputs = ["stride3"] })).Message);
    }

    private static InferenceSession Session(Network network, int threads) =>
        InferencePlan.Compile(network, new InferenceOptions { Threads = threads, Outputs = ["stride16", "logits"] }).CreateSession();
}
