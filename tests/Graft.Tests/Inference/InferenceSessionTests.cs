using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Tensors;
using static Graft.Tests.TestNumbers;

namespace Graft.Tests.Inference;

/// <summary>What sessions promise: the same bits everywhere, no allocation, shared plans, clear errors.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class InferenceSessionTests
{
    private const int Side = 48;

    private static readonly Network Network = InferencePlanTests.MobileNet(second: true, 0.35, Side, same: false);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_bits_do_not_depend_on_threads_or_the_place_in_a_batch(bool second, bool same)
    {
        Network network = InferencePlanTests.MobileNet(second, 0.25, 64, same);
        const int Images = 8;
        Tensor images = UniformTensor([Images, 64, 64, 3], 7, 2);
        float[] expected = new float[Images * 10];
        using (InferenceSession alone = Session(network, 1))
        {
            for (int i = 0; i < Images; i++) alone.Run(images.Span.Slice(i * 64 * 64 * 3, 64 * 64 * 3), 1, expected.AsSpan(i * 10, 10));
        }

        foreach (int threads in (ReadOnlySpan<int>)[1, 2, 3, 5])
        {
            using InferenceSession session = Session(network, threads);
            foreach (int batch in (ReadOnlySpan<int>)[1, 3, 8, 2])
            {
                float[] logits = new float[batch * 10];
                session.Run(images.Span[^(batch * 64 * 64 * 3)..], batch, logits);
                Assert.Equal(expected[^(batch * 10)..], logits);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void A_call_allocates_nothing(int threads)
    {
        // 6 threads are a pool that no other test keeps busy: it starts, and allocates, in the first call.
        using InferenceSession session = Session(Network, threads);
        float[] images = new float[2 * Side * Side * 3], logits = new float[2 * 10];
        for (int i = 0; i < 5; i++) Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++) Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            session.Run(images, 2, logits);
            session.Run(images.AsSpan(images.Length / 2), 1, logits.AsSpan(10));
        }
    }

    [Fact]
    public void Many_threads_share_a_plan()
    {
        InferencePlan plan = InferencePlan.Compile(Network, new InferenceOptions { Threads = 2 });
        Tensor images = UniformTensor([6, Side, Side, 3], 11, 2);
        float[] expected = new float[60];
        using (InferenceSession session = plan.CreateSession()) session.Run(images.Span, 6, expected);
        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
        {
            using InferenceSession session = plan.CreateSession();
            float[] logits = new float[10];
            for (int repeat = 0; repeat < 5; repeat++)
            {
                session.Run(images.Span.Slice(i * Side * Side * 3, Side * Side * 3), 1, logits);
                Assert.Equal(expected[(i * 10)..((i + 1) * 10)], logits);
            }
        });
    }

    [Fact]
    public void Errors_say_what_is_wrong()
    {
        using InferenceSession session = Session(Network, 1);
        float[] image = new float[Side * Side * 3], logits = new float[10];
        Assert.Equal("There is no output 'logits' yet: call Run first.", Message(() => session.Output("logits")));
        Assert.Equal("A batch holds at least 1 image, not 0.", Message(() => session.Run(image, 0)));
        Assert.Equal("2 images of [48, 48, 3] (height, width, channels) are 13824 numbers; the span has 6912.", Message(() => session.Run(image, 2)));
        Assert.Equal("Output 'logits' of 1 image has 10 numbers, [1, 10] for each; the span for it has 9.", Message(() => session.Run(image, 1, logits.AsSpan(1))));
        Assert.StartsWith("Network 'mobilenetv2_035' has no output 'stride3'.", Assert.Throws<NetworkException>(() => InferencePlan.Compile(Network, new InferenceOptions { Outputs = ["stride3"] })).Message);
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Run(image, 1, logits));

        static string Message(Action action) => Assert.Throws<InferenceException>(action).Message;
    }

    private static InferenceSession Session(Network network, int threads) =>
        InferencePlan.Compile(network, new InferenceOptions { Threads = threads, Outputs = [ClassifierHead.Logits] }).CreateSession();
}
