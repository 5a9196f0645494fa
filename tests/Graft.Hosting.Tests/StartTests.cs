using Graft.Models;
using Graft.Networks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Graft.Hosting.Tests;

/// <summary>What cannot be served ends the start of the host, with a sentence.</summary>
public sealed class StartTests(Models models) : IClassFixture<Models>
{
    [Fact]
    public async Task OptionsAreChecked()
    {
        Assert.Equal("The image classifier cannot be served: no file is named. Set Path to a .graft file.", await Refusal(_ => { }));
        Assert.Equal($"The image classifier cannot be served: there is no file '{models.Folder["missing.graft"]}'.", await Refusal(options => options.Path = models.Folder["missing.graft"]));
        Assert.Equal($"The image classifier cannot be served: '{models.Folder.Path}' is a folder. Set Path to a .graft file.", await Refusal(options => options.Path = models.Folder.Path));
        Assert.Equal(
            "The image classifier cannot be served: Threads must be 0, one for each processor, or more, not -1.; The image classifier cannot be served: ReloadInterval must be more than zero and at most a day, not 00:00:00.",
            await Refusal(options => (options.Path, options.Threads, options.ReloadInterval) = (models.Served, -1, TimeSpan.Zero)));
    }

    [Fact]
    public async Task AKeyIsNamed()
    {
        OptionsValidationException e = await Assert.ThrowsAsync<OptionsValidationException>(() => TestHost.Start(services => services.AddImageClassifier(models.Served).AddKeyedImageClassifier("fruit")));
        Assert.Equal("The image classifier 'fruit' cannot be served: no file is named. Set Path to a .graft file.", e.Message);
    }

    [Fact]
    public async Task FilesAreLoaded()
    {
        string text = models.Write("text.graft", "This is no model, although it is long enough to be one."u8);
        Assert.StartsWith($"The image classifier cannot be served: {text}", await Refusal(text));

        string half = models.Write("half.graft", models.A.AsSpan(0, models.A.Length / 2));
        Assert.StartsWith($"The image classifier cannot be served: {half}: ", await Refusal(half));

        string trunk = models.Write("trunk.graft", Models.Content(Models.Make(1, "daisy", "rose", "tulip").WithoutHead()));
        Assert.StartsWith($"The image classifier cannot be served: {trunk}: ", await Refusal(trunk));

        string numbers = models.Write("numbers.graft", Models.Content(Models.Make(1, "length", "width") with { Task = ModelTask.Regress }));
        Assert.Equal($"The image classifier cannot be served: {numbers}: The model predicts numbers (length, width), not classes. Use ImageRegressor.", await Refusal(numbers));

        string damaged = models.Write("damaged.graft", Models.Content(Models.Damaged()));
        Assert.Equal($"The image classifier cannot be served: {damaged}: the network gives no numbers for a grey image: its weights are damaged.", await Refusal(damaged));
    }

    [Fact]
    public async Task AClassifierThatATestPutsInItsPlaceNeedsNoFile()
    {
        Stub stub = new();
        TestHost host = await TestHost.Start(services => services.AddImageClassifier(models.Folder["missing.graft"]).AddSingleton<IImageClassifier>(stub));
        Assert.Same(stub, host.Classifier);
        await host.Stop();
    }

    private static async Task<string> Refusal(Action<ImageClassifierOptions> configure) =>
        (await Assert.ThrowsAsync<OptionsValidationException>(() => TestHost.Start(services => services.AddImageClassifier(configure)))).Message;

    private static async Task<string> Refusal(string path) => (await Assert.ThrowsAsync<GraftException>(() => TestHost.Start(services => services.AddImageClassifier(path)))).Message;
}
