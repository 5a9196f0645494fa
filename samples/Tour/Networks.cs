using Graft.Activations;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Tour;

internal static class Networks
{
    public static void Run()
    {
        OfOnesOwn();
        OfPapers();
    }

    private static void OfOnesOwn()
    {
        GraphBuilder builder = new("small");
        string value = builder.Input("image", height: 32, width: 32, channels: 3);
        value = builder.Add("conv1", new Conv2d(16, kernel: 3) { Padding = Padding.Symmetric(1) }, value);
        value = builder.Add("norm1", new GroupNorm(groups: 4), value);
        value = builder.Add("relu1", new Activation(ActivationFunction.Relu), value);
        string pooled = builder.Add("pool1", new Pool2d(PoolFunction.Max, kernel: 2) { Stride = 2 }, value);
        value = builder.Add("conv2", Conv2d.Depthwise(16, kernel: 3) with { Padding = Padding.Symmetric(1) }, pooled);
        value = builder.Add("norm2", new BatchNorm(), value);
        value = builder.Add("sum", new Add(), pooled, value);                                // a residual connection
        builder.Output("features", builder.Add("pool2", new GlobalAveragePool(), value));
        builder.Output("logits", builder.Add("classifier", new Dense(10), "pool2"));
        builder.Output("probabilities", builder.Add("softmax", new Softmax(), "classifier"));
        Network network = Network.Random(builder.Build(), seed: 1);

        NetworkSummary summary = new(network.Graph);
        Console.WriteLine($"{summary.Parameters} parameters, {summary.MultiplyAdds} multiply-adds, the most of them in {summary.Layers.MaxBy(layer => layer.MultiplyAdds)!.Name}");

        InferencePlan plan = InferencePlan.Compile(network, new InferenceOptions { Threads = 1, Outputs = ["features", "probabilities"] });
        using InferenceSession session = plan.CreateSession();
        session.Run(images: new float[2 * 32 * 32 * 3], batch: 2);
        Console.WriteLine($"features {plan.OutputShape("features")}, {session.Output("probabilities").Length} probabilities of two images");
    }

    private static void OfPapers()
    {
        Graph[] trunks =
        [
            MobileNetV1.Trunk(new TrunkOptions { Width = 0.25 }),
            MobileNetV2.Trunk(new TrunkOptions { Width = 0.5, Resolution = 96 }, ibn: true),
            MobileNetV3.Trunk(small: true),
            MobileNetV4.Trunk(size: MobileNetV4Size.Medium),
            EfficientNetLite.Trunk(number: 0),
            ResNet.Trunk(18, instanceNorms: InstanceNorms.A),
            Architectures.Get("mobilenetv2_035").Trunk(),
        ];
        foreach (Graph trunk in trunks)
        {
            NetworkSummary summary = new(trunk.WithHead(classes: 10));
            Console.WriteLine($"{summary.Architecture}: {summary.Parameters} parameters");
        }
    }
}
