using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Tests.Networks;

public class NetworkLimitsTests
{
    private const string Remedy = " If you trust it, allow it: --any-size on the command line, NetworkLimits in code.";

    [Fact]
    public void KnownNetworksAreFarBelowTheLimits()
    {
        foreach (Architecture architecture in Architectures.All) Assert.Null(NetworkLimits.Default.Exceeded(architecture.Trunk().WithHead(1000)));
    }

    [Theory]
    [InlineData(16384, 0, "it asks for 12.0 GB of memory for one image, and a file may ask for 1.0 GB.")]
    [InlineData(8, 20000, "it asks for 4.5 GB of memory for one image, and a file may ask for 1.0 GB.")]
    public void ASmallFileThatAsksForMuchIsRefusedBeforeAnythingIsComputed(int side, int resized, string expected)
    {
        GraphBuilder builder = new("x");
        string value = builder.Input("image", side, side, 3);
        if (resized > 0) value = builder.Add("r", new Resize(resized, resized, ResizeMode.Bilinear), value);
        builder.Output("features", builder.Add("g", new GlobalAveragePool(), value));
        Assert.Equal(expected + Remedy, NetworkLimits.Default.Exceeded(builder.Build()));
        Assert.Null(NetworkLimits.None.Exceeded(builder.Build()));

        string path = Path.GetTempFileName();
        try
        {
            ModelFile.Save(new Model(Network.Random(builder.Build(), 0)) { Preprocessing = new Preprocessing { Resolution = side } }, path);
            Assert.Equal($"{path}: {expected}{Remedy}", Assert.Throws<WeightFileException>(() => ModelFile.Load(path)).Message);
            Assert.Equal($"{path}: {expected}{Remedy}", Assert.Throws<WeightFileException>(() => WeightImporter.Import(path)).Message);
            Assert.Equal(side, ModelFile.Load(path, NetworkLimits.None).Preprocessing.Resolution);
            Assert.Equal(side, WeightImporter.Import(path, new WeightImportOptions { Limits = NetworkLimits.None }).Model.Preprocessing.Resolution);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void WorkWithoutMemoryIsRefusedToo()
    {
        GraphBuilder builder = new("x");
        string value = builder.Input("image", 1000, 1000, 4);
        for (int i = 0; i < 4; i++) value = builder.Add($"p{i}", new Pool2d(PoolFunction.Max, 201) { Padding = new Padding(false, 100, 100, 100, 100) }, value);
        builder.Output("features", value);
        Assert.Equal("it asks for 646 billion multiply-adds for one image, and a file may ask for 200 billion." + Remedy, NetworkLimits.Default.Exceeded(builder.Build()));
        Assert.Null(new NetworkLimits { MultiplyAdds = 700_000_000_000 }.Exceeded(builder.Build()));
    }

    [Fact]
    public void APreprocessingThatNoImageCanHaveIsRefused()
    {
        Refused(
            new Preprocessing { Resolution = 8, CropFraction = 1e-9 },
            "a crop of 8 pixels that keeps 1E-09 of the shorter side would be cut from an image of 8,000,000,000 pixels a side, and the most is 65,536");
        Refused(new Preprocessing { Resolution = 8, StandardDeviation = [1, 1e-40f, 1] }, "a mean of 0.456 and a deviation of 1E-40 make numbers that are not finite");
        new Preprocessing { Resolution = 8, CropFraction = 1e-3 }.RequirePossible();

        static void Refused(Preprocessing preprocessing, string problem)
        {
            Assert.Equal($"The preprocessing cannot be done: {problem}. Give the model another one.", Assert.Throws<GraftException>(preprocessing.RequirePossible).Message);
            GraphBuilder builder = new("x");
            builder.Output("features", builder.Add("g", new GlobalAveragePool(), builder.Input("image", 8, 8, 3)));
            using MemoryStream file = new();
            ModelFile.Save(new Model(Network.Random(builder.Build(), 0)) { Preprocessing = preprocessing }, file);
            file.Position = 0;
            Assert.Equal($"model: its preprocessing cannot be done: {problem}.", Assert.Throws<WeightFileException>(() => ModelFile.Load(file)).Message);
        }
    }
}
