using Graft.Formats;
using Graft.Networks.Passes;

namespace Graft.Cli.Tests.Commands;

/// <summary><c>graft adapt</c> and <c>graft models</c>.</summary>
public sealed class AdaptTests(Images images) : IClassFixture<Images>
{
    [Fact]
    public async Task AModelIsFittedToImagesWithoutLabels()
    {
        string output = Path.Combine(images.NewFolder(), "adapted.graft");
        Outcome run = await Tool.Run("adapt", images.Model, images.Folder, "--out", output, "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal((50, "both"), (run.Json.GetProperty("images").GetInt32(), run.Json.GetProperty("statistics").GetString()));
        Assert.Equal(50.0 / 66, run.Json.GetProperty("new_part").GetDouble(), 12);
        Assert.Equal("50", ModelFile.Load(output).Provenance["adapted_images"]);
        Assert.Equal(ModelFile.Load(images.Model).Labels, ModelFile.Load(output).Labels);
        Assert.Equal(0, (await Tool.Run("evaluate", output, images.Folder)).ExitCode);
        Outcome said = await Tool.Run("adapt", images.Model, images.Folder, "--out", output, "--mix", "0.5", "--statistics", "norms");
        Assert.Matches(@"^Norms adapted to 50 images, 50\.0 % new\. Another class comes first for \d+\.\d % of the images\.\s*$", said.Output);
    }

    [Fact]
    public async Task WhatHasNoStatisticsIsBadInput()
    {
        string folded = Path.Combine(images.NewFolder(), "folded.graft"), output = Path.Combine(images.NewFolder(), "out.graft");
        Model model = ModelFile.Load(images.Model);
        model = model with { Network = model.Network.FoldNormalization() };
        model.Save(folded);
        Assert.Equal("features", (await Tool.Run("adapt", folded, images.Folder, "--out", output, "--json")).Json.GetProperty("statistics").GetString());
        File.Delete(output);
        (model with { FeatureStatistics = null }).Save(folded);
        Outcome run = await Tool.Run("adapt", folded, images.Folder, "--out", output);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("has no batch normalization whose statistics could be taken again. Files that were made for inference have them folded", run.Error);
        Assert.Contains("does not tell of what features its head was trained on", (await Tool.Run("adapt", folded, images.Folder, "--out", output, "--statistics", "features")).Error);
        Assert.False(File.Exists(output));
        Outcome wrong = await Tool.Run("adapt", images.Model, images.Folder, "--out", output, "--mix", "0");
        Assert.Equal((2, true), (wrong.ExitCode, wrong.Error.Contains("--mix takes a number above 0 and up to 1, not 0.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ModelsInTheBoxHaveCards()
    {
        Outcome list = await Tool.Run("models", "--json");
        Assert.Equal(BuiltinTrunks.Names, list.Json.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("name").GetString()));
        Assert.Equal("builtin", BuiltinTrunks.Names[0]);
        foreach (string name in BuiltinTrunks.Names)
        {
            Outcome card = await Tool.Run("models", name);
            Assert.Equal(0, card.ExitCode);
            Assert.StartsWith($"# {name}", card.Output);
            foreach (string row in (string[])["made by", "learned from", "never saw", "good at", "bad at", "biases", "licence"]) Assert.Contains($"| {row} |", card.Output);
            Assert.InRange(BuiltinTrunks.Bytes(name), 1, 5_000_000);
        }

        // One of them says something of any photograph.
        Outcome said = await Tool.Run("predict", "builtin-large", Directory.GetFiles(images.Folder, "*", SearchOption.AllDirectories)[0], "--top", "3", "--json");
        Assert.Equal((0, 3), (said.ExitCode, said.Json.GetProperty("predictions").GetArrayLength()));
        Outcome trunk = await Tool.Run("predict", "builtin", images.Folder);
        Assert.Contains("'builtin-large' knows the 1,000 classes of ImageNet.", trunk.Error);

        Outcome none = await Tool.Run("models", "nope");
        Assert.Equal((2, true), (none.ExitCode, none.Error.Contains("'nope' is no model that comes with Graft", StringComparison.Ordinal)));
    }
}
