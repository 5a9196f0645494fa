using System.Collections.Immutable;
using Graft.Formats;

namespace Graft.Vision.Hub;

/// <summary>
/// Trained networks of Hugging Face's hub, as timm saves them: <c>timm/mobilenetv2_100.ra_in1k</c>. What was downloaded once is in a cache that programs in Python share, and is checked
/// against what the hub promises. Nothing of it is ever run.
/// </summary>
public static class ModelHub
{
    // Text: a large one has the names of 20,000 classes.
    private const long LargestConfig = 16 << 20;

    /// <summary>Models that are known to be read, with what they cost and how good they are. Others are read as well, where <see cref="Models.Architectures"/> has their architecture.</summary>
    public static ImmutableArray<HubTrunk> Trunks => HubTrunks.All;

    /// <summary>Loads a model of the hub, downloading what the cache does not have.</summary>
    /// <param name="name"><c>OWNER/NAME</c>, or <c>OWNER/NAME@REVISION</c> for a branch, a tag or a commit. A whole commit that is in the cache is not asked for.</param>
    /// <param name="options">Where it comes from; null is what the environment says (<see cref="HubOptions.FromEnvironment"/>).</param>
    /// <param name="import">What is taken of its weights; null is everything.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancel">Ends it; what was downloaded is kept.</param>
    /// <returns>The model, with the preprocessing and the labels that come with it; its provenance has <c>source</c>, <c>revision</c> (the commit) and <c>license</c>.</returns>
    /// <exception cref="HubException">It cannot be had; the message says why and what to do.</exception>
    /// <exception cref="WeightFileException">It is no network that Graft has, or its files contradict each other.</exception>
    public static async Task<Imported> LoadAsync(string name, HubOptions? options = null, WeightImportOptions? import = null, IProgress<HubProgress>? progress = null, CancellationToken cancel = default)
    {
        HubName parsed = HubName.Parse(name);
        HubFiles files = await DownloadAsync(name, options, progress, cancel).ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        return HubModel.Read(parsed, files, import ?? new WeightImportOptions());
    }

    /// <summary>Loads a model of the hub, downloading what the cache does not have, and waits for it.</summary>
    /// <param name="name"><c>OWNER/NAME</c>, or <c>OWNER/NAME@REVISION</c> for a branch, a tag or a commit.</param>
    /// <param name="options">Where it comes from; null is what the environment says.</param>
    /// <inheritdoc cref="LoadAsync"/>
    public static Imported Load(string name, HubOptions? options = null) => Task.Run(() => LoadAsync(name, options)).GetAwaiter().GetResult();

    /// <summary>Brings a model's files into the cache, where it does not have them.</summary>
    /// <param name="name"><c>OWNER/NAME</c>, or <c>OWNER/NAME@REVISION</c> for a branch, a tag or a commit. A whole commit that is in the cache is not asked for.</param>
    /// <param name="options">Where it comes from; null is what the environment says.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancel">Ends it; what was downloaded is kept.</param>
    /// <exception cref="HubException">It cannot be had; the message says why and what to do.</exception>
    public static async Task<HubFiles> DownloadAsync(string name, HubOptions? options = null, IProgress<HubProgress>? progress = null, CancellationToken cancel = default)
    {
        HubName parsed = HubName.Parse(name);
        options ??= HubOptions.FromEnvironment();
        HubCache cache = new(options.CacheFolder, parsed);
        HubFiles? cached = cache.Find(parsed.Revision);
        if (cached is not null && (parsed.IsCommit || options.IsOffline)) return cached;
        if (options.IsOffline)
        {
            throw new HubException(
                $"{parsed} is not in the cache '{options.CacheFolder}', and HF_HUB_OFFLINE says that nothing is asked for. "
                + $"Unset it, or bring a file along: 'graft import {parsed} --out FILE.graft' on a machine with a network.");
        }

        using HubClient client = new(options, parsed, progress);
        HubFileInfo config;
        try
        {
            config = await client.Ask(HubCache.Config, parsed.Revision, cached is null ? options.Tries : 1, cancel).ConfigureAwait(false);
        }
        catch (HubException e) when (cached is not null && !e.IsAbsent)
        {
            progress?.Report(new HubProgress(HubCache.Config, default, $"{(e.Event.Length > 0 ? e.Event : e.Message)} Using the version in the cache, {cached.Commit}."));
            return cached;
        }

        HubDownload download = new(client, cache, parsed, options, progress);
        string configFile = await download.Fetch(HubCache.Config, config.Commit, config, LargestConfig, cancel).ConfigureAwait(false);
        string weights = await Weights(download, parsed, cache, config.Commit, options, cancel).ConfigureAwait(false);

        // Only now: who finds the version by its name finds all of it.
        cache.Remember(parsed.Revision, config.Commit);
        return new HubFiles(configFile, weights, config.Commit);
    }

    /// <summary>The files of a model that are in the cache: nothing is asked for.</summary>
    /// <param name="name"><c>OWNER/NAME</c>, or <c>OWNER/NAME@REVISION</c>.</param>
    /// <param name="options">Where the cache is; null is what the environment says.</param>
    /// <returns>Null where the cache does not have them all.</returns>
    /// <exception cref="HubException">It is no name of a model.</exception>
    public static HubFiles? Find(string name, HubOptions? options = null)
    {
        HubName parsed = HubName.Parse(name);
        return new HubCache((options ?? HubOptions.FromEnvironment()).CacheFolder, parsed).Find(parsed.Revision);
    }

    private static async Task<string> Weights(HubDownload download, HubName name, HubCache cache, string commit, HubOptions options, CancellationToken cancel)
    {
        if (cache.Find(commit) is { } cached) return cached.Weights;
        foreach (string file in HubCache.Weights)
        {
            try
            {
                return await download.Fetch(file, commit, null, options.LargestFile, cancel).ConfigureAwait(false);
            }
            catch (HubException e) when (e.IsAbsent)
            {
                // The next one.
            }
        }

        throw new HubException($"{name} has neither {string.Join(" nor ", HubCache.Weights)}: it has no weights that Graft reads.");
    }
}
