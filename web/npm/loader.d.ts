// The built loader, which exports nothing: it takes over the queue when it runs.
export {};
